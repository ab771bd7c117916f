import type { CibaEvent } from 'ciba-backchannel';

/** Says on the terminal what happened, as a sentence. For a log that programs read, write the event as JSON instead. */
export function tellEvent(event: CibaEvent): void {
  console.log(`${new Date().toTimeString().slice(0, 8)}  ${describeEvent(event)}`);
}

export function describeEvent(event: CibaEvent): string {
  const client = event.clientIdAlias ?? event.clientId;
  const who = [client && `client ${client}`, event.subject && `user ${event.subject}`].filter(Boolean).join(', ');
  return `${sentence(event)}${who && ` (${who})`}`;
}

function sentence(event: CibaEvent): string {
  switch (event.type) {
    case 'refused':
      return `A request was refused with ${event.status}: ${event.reason ?? event.action ?? 'it was not valid'}`;
    case 'issued':
      return 'A request was accepted, and the user is asked';
    case 'completed':
      return `Authlete was told the result: ${event.result}`;
    case 'notified':
      return `The client was notified, and answered ${event.status}`;
    case 'gaveUp':
      return `Given up after ${event.attempts} attempts to notify the client: ${event.why}`;
    case 'answered':
      return `The token endpoint answered ${event.status}${event.error === undefined ? '' : ` ${event.error}`}`;
  }
}
