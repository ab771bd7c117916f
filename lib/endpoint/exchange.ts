import type { CallOptions } from '../authlete/api.js';
import { expectObject } from '../authlete/client/expect.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Trace } from '../telemetry/trace.js';
import { isThenable } from '../time/thenable.js';
import { Account } from './account.js';
import { ExchangeContext } from './exchange-context.js';
import { failure, unavailable } from './failure.js';
import type { HookContext } from './hook-context.js';
import { Interrupted, type Interruption } from './interrupted.js';
import type { LateCalls } from './late-calls.js';
import { formParameters, type ParameterReader } from './parameters.js';
import type { Refusal } from './refusal.js';
import type { EndpointRequest, Watcher } from './request.js';

/** What all exchanges of an endpoint share. */
export interface ExchangeSettings {
  /** Milliseconds. */
  timeout: number;
  lateCalls: LateCalls;
  /** Value of `WWW-Authenticate` that goes with every 401. */
  challenge: string;
  /** Reads the parameters of a request; by default as they are in its form. */
  readParameters?: (form: string) => ParameterReader;
  logger: PackageLogger;
  trace: Trace | undefined;
}

/** A wait with the clock stopped. */
interface Hold {
  /** Of `performance.now()`. */
  since: number;
  maxTotal: number;
  resolve: () => void;
  ended: () => void;
}

/**
 * One HTTP request and its answer: until the client goes away or the deadline passes.
 *
 * A class because of its getters: V8 makes a hidden class for every object literal with getters. Those outlive
 * the minor collections, and so does every request that they can reach. That was a quarter of all CPU time.
 */
export class Exchange<R = unknown> implements Watcher {
  readonly request: EndpointRequest<R>;
  private readonly started = performance.now();
  /** What is known about it. */
  readonly account = new Account();
  /** The client's form, once there is one. */
  form = '';
  /** Milliseconds for which {@link hold} has stopped the clock. */
  heldMs: number | undefined;
  private readonly settings: ExchangeSettings;
  private reason: Interrupted | undefined;
  private abandon: ((reason: Interrupted) => void) | undefined;
  private controller: AbortController | undefined;
  private held: Hold | undefined;
  private timer: NodeJS.Timeout;
  /** Of `performance.now()`. */
  private endsAt: number;
  private hooksContext: HookContext<R> | undefined;

  constructor(request: EndpointRequest<R>, settings: ExchangeSettings) {
    this.request = request;
    this.settings = settings;
    this.endsAt = this.started + settings.timeout;
    this.timer = setTimeout(Exchange.expire, settings.timeout, this);
    request.watcher = this;
    // The client may have left while the host's own middleware was at work.
    if (request.isGone) this.gone();
  }

  private static expire(exchange: Exchange): void {
    exchange.interrupt('deadline');
  }

  gone(): void {
    this.interrupt('gone');
  }

  /** Aborted, with an {@link Interrupted} as its reason, when the exchange is interrupted. */
  get signal(): AbortSignal {
    // Made on demand: most requests need none, and an AbortController costs as much as parsing the request.
    this.controller ??= new AbortController();
    if (this.reason) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  /** The context that the request's hooks get. */
  get context(): HookContext<R> {
    this.hooksContext ??= new ExchangeContext(this);
    return this.hooksContext;
  }

  /** Reads the parameters of the client's request. */
  get parameters(): ParameterReader {
    const { readParameters = formParameters } = this.settings;
    return readParameters(this.form);
  }

  /** Milliseconds since the request came. */
  get durationMs(): number {
    return performance.now() - this.started;
  }

  /** Value of `WWW-Authenticate` that goes with every 401. */
  get challenge(): string {
    return this.settings.challenge;
  }

  /** The request's position in its trace, for what follows when it is over. */
  get traceparent(): string | undefined {
    return this.settings.trace?.traceparent?.();
  }

  /** For calls whose answer is useful only before the deadline. */
  get callOptions(): CallOptions {
    return { within: this.endsAt - performance.now() };
  }

  get interruption(): Interruption | undefined {
    return this.reason?.interruption;
  }

  /**
   * Settles as `work` does. If the exchange is interrupted first, it rejects with {@link Interrupted}. Only one step may wait
   * at a time.
   */
  until<T>(work: T | PromiseLike<T>): T | Promise<Awaited<T>> {
    // An interrupted exchange does not go on, whatever became of the work.
    if (this.reason && !isThenable(work)) throw this.reason;
    if (!isThenable(work)) return work as T;
    return new Promise((resolve, reject) => {
      this.abandon = reject;
      if (this.reason) reject(this.reason);
      (work as PromiseLike<Awaited<T>>).then(resolve, reject);
    });
  }

  /**
   * Waits with the clock stopped, until {@link resume}. Built to be small: thousands wait at the same time.
   *
   * @param within milliseconds after which it goes on by itself
   * @param maxTotal milliseconds from the request to its answer, the time held included
   * @param ended called at the end of the wait, whatever ends it
   * @returns rejects with {@link Interrupted} when the exchange is interrupted
   */
  hold(within: number, maxTotal: number, ended: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.held = { since: performance.now(), maxTotal, resolve, ended };
      this.abandon = reject;
      if (this.reason) {
        this.endHold();
        return reject(this.reason);
      }
      clearTimeout(this.timer);
      this.timer = setTimeout(Exchange.goOn, within, this);
    });
  }

  /** Ends the wait of {@link hold}. */
  resume(): void {
    const { held } = this;
    if (held === undefined) return;
    this.endHold();
    this.endsAt = Math.min(this.endsAt + (this.heldMs ?? 0), this.started + held.maxTotal);
    this.timer = setTimeout(Exchange.expire, Math.max(1, this.endsAt - performance.now()), this);
    held.resolve();
  }

  private static goOn(exchange: Exchange): void {
    exchange.resume();
  }

  private endHold(): void {
    const { held } = this;
    if (held === undefined) return;
    this.held = undefined;
    this.heldMs = performance.now() - held.since;
    clearTimeout(this.timer);
    held.ended();
  }

  /**
   * Waits for a call to Authlete. The call goes on when the exchange is interrupted: its answer is handled whenever it comes,
   * since we must know what Authlete did.
   *
   * @param onLateAnswer gets the answer that came after the interruption; `close()` waits for it
   */
  async hear<T>(call: () => Promise<T>, onLateAnswer?: (response: T) => void): Promise<T> {
    if (this.reason) throw this.reason;
    const underway = call();
    try {
      return await this.until(underway);
    } catch (error) {
      if (error instanceof Interrupted) {
        const { lateCalls, timeout } = this.settings;
        const within = error.interruption === 'gone' ? timeout : 0;
        lateCalls.hear(Promise.resolve(underway).then(onLateAnswer), within, onLateAnswer !== undefined);
      }
      throw error;
    }
  }

  /**
   * {@link hear}, for the calls that decide about the request.
   *
   * @returns Authlete's answer, or the refusal when there is none, or none in time
   */
  async ask<T extends object>(
    api: string,
    call: () => Promise<T>,
    onLateAnswer?: (response: T) => void,
  ): Promise<T | Refusal> {
    try {
      const response = expectObject(await this.hear(call, onLateAnswer), api);
      this.account.note(response);
      return response;
    } catch (error) {
      if (this.interruption !== 'deadline') return this.failure(error);
      // A wrong address that never answers looks like this, too, so the host must be told.
      this.settings.logger.warn('Authlete did not answer in time: is baseUrl right?', { api }, 'host');
      return unavailable();
    }
  }

  /** The refusal when a step threw. */
  failure(error: unknown): Refusal {
    return failure(error, this.settings.logger);
  }

  /** Stops the clock: the answer is decided. */
  end(): void {
    clearTimeout(this.timer);
    this.request.watcher = undefined;
  }

  private interrupt(interruption: Interruption): void {
    this.end();
    this.endHold();
    this.reason = new Interrupted(interruption);
    this.abandon?.(this.reason);
    this.controller?.abort(this.reason);
  }
}
