import type { Transaction } from '../backchannel/hooks.js';
import { authorized, type Decision, denied, failed } from '../completion/decision.js';
import { RequestViewError } from '../request-view/error.js';
import type { Outcome, TransactionView } from './messages.js';
import { transactionView } from './transaction-view.js';

const maxPending = 1000;
/** How long a decision waits for its transaction, in milliseconds. */
const arrivalTime = 500;

export type Action = 'allow' | 'deny';

/** The transactions that wait for the user. */
export interface PendingTransactions {
  /** The `authenticate` hook. Its promise never rejects: a transaction that is not decided has failed. */
  authenticate(transaction: Transaction): Promise<Decision>;
  /** Resolves, as soon as the decision is recorded, to whether there was such a transaction. */
  decide(authReqId: string, action: Action): Promise<boolean>;
  /** Drops expired transactions. */
  expire(now: number): void;
  views(): TransactionView[];
  size(): number;
  close(): void;
}

/** Called after every change. */
export interface PendingListener {
  added(view: TransactionView): void;
  removed(authReqId: string, outcome: Outcome): void;
  /** Nobody can be asked: the request cannot be shown. */
  refused(clientName: string, reason: string): void;
}

interface Entry {
  view: TransactionView;
  finish(outcome: Outcome, decision: Decision): void;
}

export function pendingTransactions(listener: PendingListener): PendingTransactions {
  const entries = new Map<string, Entry>();
  const arrivals = new Map<string, () => void>();
  let closed = false;

  function expireEntry(entry: Entry): void {
    entry.finish('expired', failed({ description: 'nobody decided in time' }));
  }

  function endEntry(entry: Entry): void {
    entry.finish('ended', failed({ description: 'the server shut down before anybody decided' }));
  }

  function authenticate(transaction: Transaction): Promise<Decision> {
    const { authReqId, signal } = transaction;
    const now = Date.now();
    if (closed || signal.aborted || transaction.expiresAt.getTime() <= now) {
      return Promise.resolve(failed({ description: 'too late to ask the user' }));
    }
    if (entries.size >= maxPending) {
      return Promise.resolve(failed({ description: 'too many requests wait on the simulator' }));
    }
    const view = viewOf(transaction, now);
    if (view instanceof RequestViewError) {
      listener.refused(transaction.request.clientName ?? transaction.request.clientId, view.message);
      return Promise.resolve(failed({ description: view.message }));
    }
    const former = entries.get(authReqId);
    if (former !== undefined) endEntry(former);
    return new Promise((resolve) => {
      const aborted = () => (signal.reason?.name === 'TimeoutError' ? expireEntry(entry) : endEntry(entry));
      const entry: Entry = {
        view,
        finish(outcome, decision) {
          signal.removeEventListener('abort', aborted);
          entries.delete(authReqId);
          resolve(decision);
          listener.removed(authReqId, outcome);
        },
      };
      signal.addEventListener('abort', aborted);
      entries.set(authReqId, entry);
      listener.added(entry.view);
      arrivals.get(authReqId)?.();
    });
  }

  /** A script with a fresh auth_req_id can be faster than the call of the hook, since the answer leaves first. */
  function arrival(authReqId: string): Promise<void> {
    return new Promise((resolve) => {
      const arrived = () => {
        clearTimeout(timer);
        arrivals.delete(authReqId);
        resolve();
      };
      const timer = setTimeout(arrived, arrivalTime);
      arrivals.set(authReqId, arrived);
    });
  }

  async function decide(authReqId: string, action: Action): Promise<boolean> {
    if (!entries.has(authReqId)) await arrival(authReqId);
    const entry = entries.get(authReqId);
    if (entry === undefined) return false;
    if (entry.view.expiresAt <= Date.now()) {
      expireEntry(entry);
      return false;
    }
    if (action === 'deny') {
      entry.finish('denied', denied());
    } else {
      const { acr } = entry.view;
      entry.finish('approved', authorized({ authTime: new Date(), ...(acr !== undefined && { acr }) }));
    }
    return true;
  }

  return {
    authenticate,
    decide,
    expire(now) {
      for (const entry of entries.values()) {
        if (entry.view.expiresAt <= now) expireEntry(entry);
      }
    },
    views: () => [...entries.values()].map(({ view }) => view),
    size: () => entries.size,
    close() {
      closed = true;
      for (const entry of entries.values()) endEntry(entry);
      for (const arrived of arrivals.values()) arrived();
    },
  };
}

function viewOf(transaction: Transaction, now: number): TransactionView | RequestViewError {
  try {
    return transactionView(transaction, now);
  } catch (error) {
    if (error instanceof RequestViewError) return error;
    throw error;
  }
}
