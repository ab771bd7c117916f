import type { CibaEvent } from 'ciba-backchannel';

/** An `onEvent` that remembers. */
export function recordingListener(): { events: CibaEvent[]; onEvent: (event: CibaEvent) => void } {
  const events: CibaEvent[] = [];
  return { events, onEvent: (event) => void events.push(event) };
}
