import { randomUUID } from 'node:crypto';
import { type CibaCompletionOptions, type CibaEvent, cibaCompletion, type JobQueue } from 'ciba-backchannel';
import { handles } from '../../lib/completion/handle.js';
import type { StubAuthlete } from './complete-stub.js';
import { afterwards } from './concurrently.js';
import { deferred } from './deferred.js';
import { type Faults, type MemoryStore, memoryStore } from './memory-queue.js';
import { lease } from './queue-rules.js';
import { type Receiver, receiverCertificate, startReceiver } from './receiver.js';
import { recordingLogger } from './recording-logger.js';

export const handleKeys = ['a secret of at least thirty-two bytes'];
const { seal } = handles(handleKeys);

let transactions = 0;

export function newHandle(deliveryMode: 'POLL' | 'PING' | 'PUSH' = 'POLL', lifetime = 60_000): string {
  transactions += 1;
  return seal({
    id: `transaction-${transactions}`,
    ticket: `ticket-${randomUUID()}`,
    subject: 'alice',
    clientId: '42',
    deliveryMode,
    claimNames: [],
    expiresAt: Date.now() + lifetime,
  });
}

/** What Authlete answers when the client is to be pushed to. */
export function notification({ url }: Pick<Receiver, 'url'>) {
  return {
    action: 'NOTIFICATION' as const,
    responseContent: '{"access_token":"access-token-of-the-push"}',
    clientNotificationEndpoint: url,
    clientNotificationToken: 'notification-token',
    deliveryMode: 'PUSH' as const,
  };
}

/** For an Authlete that cannot be reached, and so has not processed the call. */
export function refusedConnection(): Promise<never> {
  return Promise.reject(
    Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ERR_AUTHLETE_UNREACHABLE',
      cause: { code: 'ECONNREFUSED' },
    }),
  );
}

/** For a call of which nobody knows what Authlete made of it. */
export function brokenConnection(): Promise<never> {
  return Promise.reject(new Error('socket hang up'));
}

export async function receiverThat(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...args);
  afterwards(receiver.close);
  return receiver;
}

/** Starts processes that decide, each with a queue of its own, until the spec ends. */
export async function decidingProcesses(newQueue: () => JobQueue) {
  const { cert } = await receiverCertificate();

  return function started(authlete: StubAuthlete, options: Partial<CibaCompletionOptions> = {}) {
    const events: CibaEvent[] = [];
    let changed = deferred();
    const logger = recordingLogger();
    const completion = cibaCompletion({
      authlete,
      handleKeys,
      queue: options.queue ?? newQueue(),
      logger,
      notifications: { allow: () => true, tls: { ca: cert } },
      onEvent(event) {
        events.push(event);
        changed.resolve();
        changed = deferred();
      },
      ...options,
    });
    afterwards(() => completion.close({ timeout: 0 }));

    /** The first event of this type, that has come or will. */
    async function event(type: CibaEvent['type']): Promise<CibaEvent> {
      for (;;) {
        const found = events.find((each) => each.type === type);
        if (found) return found;
        await changed.promise;
      }
    }
    return { ...completion, events, event, logger };
  };
}

/** Processes that share a store until the spec ends. */
export async function sharedStore(store: MemoryStore = memoryStore()) {
  const start = await decidingProcesses(() => store.queue({ lease }));

  function started(authlete: StubAuthlete, options: Partial<CibaCompletionOptions> & { faults?: Faults } = {}) {
    const { faults, ...given } = options;
    return start(authlete, faults ? { queue: store.queue({ lease, ...faults }), ...given } : given);
  }

  /** Until nothing is stored any more. */
  async function emptied(): Promise<void> {
    await until(() => store.jobs().length === 0);
  }

  return { store, started, emptied };
}

/** Looks again and again. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}
