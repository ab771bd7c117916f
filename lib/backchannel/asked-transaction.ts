import type { Actor } from '../authlete/actor.js';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import type { Pending } from '../completion/completer.js';
import type { HandleContents } from '../completion/handle.js';
import type { TraceDetails } from '../telemetry/trace.js';
import type { Transaction, User } from './hooks.js';

/**
 * What an `authenticate` hook gets. A class, since V8 makes a hidden class for every object literal that has getters;
 * and getters, since a hook that needs neither handle nor signal should not pay for them.
 */
export class AskedTransaction<U extends User> implements Transaction<U> {
  readonly id: string;
  readonly subject: string;
  readonly user: U;
  readonly actor: Actor | undefined;
  readonly request: AuthenticationRequest;
  readonly authReqId: string;
  readonly #contents: HandleContents;
  readonly #seal: (contents: HandleContents) => string;
  #handle: string | undefined;
  #controller: AbortController | undefined;
  #interruption: Error | undefined;
  #abandon: ((reason: Error) => void) | undefined;

  constructor(
    pending: Pending<U>,
    request: AuthenticationRequest,
    authReqId: string,
    seal: (contents: HandleContents) => string,
  ) {
    this.id = pending.id;
    this.subject = pending.subject;
    this.user = pending.user;
    this.actor = pending.actor;
    this.request = request;
    this.authReqId = authReqId;
    this.#contents = pending;
    this.#seal = seal;
  }

  get expiresAt(): Date {
    return new Date(this.#contents.expiresAt);
  }

  get handle(): string {
    this.#handle ??= this.#seal(this.#contents);
    return this.#handle;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#interruption) this.#controller.abort(this.#interruption);
    return this.#controller.signal;
  }

  // Static, and so out of the hook's reach.

  /** What a trace learns about it. */
  static details(transaction: Transaction<User>): TraceDetails {
    const { id, clientId, traceparent } = (transaction as AskedTransaction<User>).#contents;
    return { transaction: id, clientId, ...(traceparent && { traceparent }) };
  }

  /** Settles as the hook's promise does. If the transaction is interrupted first, it rejects. */
  static unlessInterrupted<T>(transaction: AskedTransaction<User>, said: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      transaction.#abandon = reject;
      said.then(resolve, reject);
    });
  }

  /** Tells the hook that a decision would come too late. */
  static interrupt(transaction: AskedTransaction<User>, reason: Error): void {
    transaction.#interruption = reason;
    transaction.#abandon?.(reason);
    transaction.#controller?.abort(reason);
  }
}
