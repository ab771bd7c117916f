import type { CibaEvent } from '../../lib/host/events.js';
import type { Logger } from '../../lib/host/logger.js';

/** A logger that remembers. */
export interface RecordingLogger extends Logger {
  lines: { level: string; message: string; details: Record<string, unknown> }[];
}

export function recordingLogger(onLine?: (message: string) => void): RecordingLogger {
  const lines: RecordingLogger['lines'] = [];
  const at = (level: string) => (message: string, details?: object) => {
    lines.push({ level, message, details: { ...details } });
    onLine?.(message);
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A listener that remembers. */
export function recordingListener(): { events: CibaEvent[]; onEvent: (event: CibaEvent) => void } {
  const events: CibaEvent[] = [];
  return { events, onEvent: (event) => void events.push(event) };
}
