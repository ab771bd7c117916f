import { transactionId } from '../../authlete/transaction-id.js';
import type { DecisionSignal } from '../../signal/signal.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Rows } from '../store/rows.js';
import type { CarryOut } from './carry-out.js';
import type { Request, States } from './states.js';

/** Milliseconds. A request that ends elsewhere this close to its expiry has expired: ping and push clients are told early. */
const expiryAhead = 6000;

/** Ends requests that their users have not decided. */
export interface Ends {
  /** Ends a waiting request as failed. @returns whether it waited */
  fail(waiting: Request, why: 'withdrawn' | 'replaced'): Promise<boolean>;
  /** @returns whether there was a waiting request */
  withdraw(authReqId: string, clientId: string): Promise<boolean>;
  /** Stops listening to the signal. */
  close(): void;
}

/**
 * @param heard notes that a decision on the request was announced; returns whether this process is just completing it
 * @param onEnded called for each request that has ended elsewhere
 */
export function ends(
  rows: Rows,
  states: States,
  carryOut: CarryOut,
  heard: (id: string) => boolean,
  { decided, logger }: { decided?: DecisionSignal | undefined; logger: Logger },
  onEnded: (request: Request) => void,
): Ends {
  async function fail(waiting: Request, why: 'withdrawn' | 'replaced'): Promise<boolean> {
    const request = await states.decide(waiting, { decision: 'failed', why });
    if (request === undefined) return false;
    // For the user the request has ended. If Authlete is down, some process keeps trying to tell it.
    carryOut(request).catch((error) =>
      logger.error('a request that was withdrawn could not be completed as failed yet', { id: waiting.id, why, error }),
    );
    return true;
  }

  /** Authlete has a decision: that of a phone, or one that came from elsewhere. */
  async function endedElsewhere(id: string): Promise<void> {
    if (heard(id)) return;
    const request = await rows.find('request', id);
    if (request?.contents.state === 'told' && request.dueAt === null) await states.complete(request, 'taken');
    if (request?.contents.state !== 'waiting') return;
    const isExpiry = request.contents.expiresAt - Date.now() < expiryAhead;
    const ended = await states.complete(request, isExpiry ? 'expired' : 'elsewhere');
    if (ended) onEnded(ended);
  }

  const unwatch = decided?.watch({
    decided(id) {
      endedElsewhere(id).catch((error) =>
        logger.error('a request that ended elsewhere is still listed', { id, error }),
      );
    },
    lost() {},
  });

  return {
    fail,
    async withdraw(authReqId, clientId) {
      const request = await rows.find('request', transactionId(authReqId));
      if (request === undefined) return false;
      const { contents } = request;
      const isTheirs = contents.clientId === clientId || contents.clientIdAlias === clientId;
      const waits = contents.state === 'waiting' && contents.expiresAt > Date.now();
      return isTheirs && waits ? fail(request, 'withdrawn') : false;
    },
    close: () => unwatch?.(),
  };
}
