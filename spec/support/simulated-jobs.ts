import type { CibaEvent } from 'ciba-backchannel';
import type { BackchannelAuthenticationCompleteRequest } from '../../lib/authlete/types/backchannel-authentication-complete.js';
import { jobId } from '../../lib/jobs/job-codec.js';
import { jobs } from '../../lib/jobs/jobs.js';
import type { Jobs } from '../../lib/jobs/types.js';
import { NotificationError } from '../../lib/notification/errors.js';
import type { Poster } from '../../lib/notification/post.js';
import { Deadline } from '../../lib/time/deadline.js';
import { inFlight } from '../../lib/time/in-flight.js';
import { never } from './deferred.js';
import { type MemoryStore, memoryStore } from './memory-queue.js';
import { type VirtualClock, virtualClock } from './virtual-clock.js';

const handleKeys = ['a secret of at least thirty-two bytes'];
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const lease = 20_000;

interface Transaction {
  ticket: string;
  deliveryMode: 'POLL' | 'PING' | 'PUSH';
  expiresAt: number;
  /** Whether `complete()` has said that the decision is taken, or will be. */
  promised: boolean;
  /** A process whose hook has decided. */
  hookOf?: Process;
  /** Whose decision the store has had, or Authlete's answer to it. */
  storedBy: Set<Process>;
  /** What Authlete has taken, when, from whom; who heard its answer, if anybody did. */
  taken?: string;
  takenAt?: number;
  takenFrom?: Process;
  heardBy?: Process;
  delivered: number;
  /** How many decide. */
  deciders: number;
  /** Who has called Authlete, and whether an answer was lost. */
  callers: Process[];
  isAnswerLost: boolean;
  events: CibaEvent[];
}

interface Process {
  jobs: Jobs;
  /** Killed, or closed and gone: nothing that it does has an effect any more. */
  dead: boolean;
  closing: boolean;
  /** Dead without having been closed: it could tell nobody what it left undone. */
  killed: boolean;
}

/** What a run has found. */
export interface Simulated {
  /** What must not be; empty where all is well. */
  faults: string[];
  transactions: number;
  /** How often each end came. */
  counts: Record<string, number>;
}

/**
 * Lets processes decide transactions while their store, Authlete and the clients fail at random, and while they are closed
 * and killed; then lets everything be well, and judges what has become of each transaction.
 */
export async function simulated(seed: number, transactions: number): Promise<Simulated> {
  const clock = virtualClock(seed);
  try {
    return await new Simulation(clock).run(transactions);
  } finally {
    clock.uninstall();
  }
}

class Simulation {
  readonly #clock: VirtualClock;
  readonly #store: MemoryStore = memoryStore();
  readonly #transactions = new Map<string, Transaction>();
  readonly #byRow = new Map<string, Transaction>();
  readonly #processes: Process[] = [];
  readonly #faults: string[] = [];
  readonly #counts: Record<string, number> = {};
  /** What does not work just now. */
  readonly #away = { store: false, authlete: false, clients: new Set<string>() };
  #isCalm = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async run(transactions: number): Promise<Simulated> {
    for (let i = 0; i < 3; i += 1) this.#start(i);
    this.#trouble();
    for (let i = 0; i < transactions; i += 1) {
      this.#begin(i);
      await this.#clock.pass(this.#between(5, 400));
    }
    this.#isCalm = true;
    this.#away.store = false;
    this.#away.authlete = false;
    this.#away.clients.clear();
    // Until every transaction has expired, and every lease has ended.
    await this.#clock.pass(600_000);
    this.#judge();
    for (const process of this.#processes) void process.jobs.close(new Deadline(0));
    await this.#clock.pass(10_000);
    return { faults: this.#faults, transactions, counts: this.#counts };
  }

  #is(probability: number): boolean {
    return this.#clock.random() < probability;
  }

  #between(least: number, most: number): number {
    return least + this.#clock.random() * (most - least);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  #count(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  #fault(what: string, { ticket, deliveryMode, events }: Transaction): void {
    const said = events.map((event) => (event.type === 'gaveUp' ? `gaveUp ${event.why}` : event.type)).join(', ');
    this.#faults.push(`${ticket} (${deliveryMode}): ${what}; events: ${said || 'none'}`);
  }

  #start(slot: number): void {
    const process: Process = { dead: false, closing: false, killed: false, jobs: undefined as never };
    process.jobs = jobs({
      authlete: { backchannelAuthenticationComplete: (request) => this.#complete(process, request) as never },
      queue: this.#store.queue({
        lease,
        dead: () => process.dead,
        before: (operation, rows) => {
          if (operation === 'work') this.#hasStored(process, rows);
          return this.#beforeStore(process);
        },
        after: (operation, rows, ids) => {
          if (operation === 'put')
            this.#hasStored(
              process,
              rows.filter(({ id }) => ids.includes(id)),
            );
          return this.#afterStore(process);
        },
      }),
      handleKeys,
      poster: { post: (notification, signal) => this.#post(process, notification, signal), destroy: async () => {} },
      onGiveUp: undefined,
      logger: silent,
      emit: (event) => void (!process.dead && this.#transactions.get(event.transaction as string)?.events.push(event)),
      ended() {},
      running: inFlight(),
    });
    this.#processes[slot] = process;
  }

  // The store: it fails, is slow, loses answers, and is away at times.

  async #beforeStore(process: Process): Promise<void> {
    if (process.dead) return never;
    await this.#pause(this.#between(1, 5));
    if (process.dead) return never;
    if (this.#away.store || (!this.#isCalm && this.#is(0.03))) throw new Error('the store is away');
    if (!this.#isCalm && this.#is(0.01)) await this.#pause(this.#between(100, 4_000));
    if (process.dead) return never;
  }

  #hasStored(process: Process, rows: readonly { id: string; stage: number }[]): void {
    for (const { id, stage } of rows) if (stage > 0) this.#byRow.get(id)?.storedBy.add(process);
  }

  async #afterStore(process: Process): Promise<void> {
    await this.#pause(this.#between(1, 5));
    if (process.dead) return never;
    if (!this.#isCalm && this.#is(0.03)) throw new Error('the answer of the store was lost');
  }

  // Authlete: each ticket can be used once, until it expires.

  async #complete(process: Process, { ticket, result }: BackchannelAuthenticationCompleteRequest): Promise<object> {
    const transaction = this.#transactions.get(ticket) as Transaction;
    const unreachable = (code: string) =>
      Object.assign(new Error(code), { code: 'ERR_AUTHLETE_UNREACHABLE', cause: { code } });
    if (process.dead) return never;
    transaction.callers.push(process);
    await this.#pause(this.#between(1, 50));
    if (process.dead) return never;
    if (this.#away.authlete || (!this.#isCalm && this.#is(0.03))) throw unreachable('ECONNREFUSED');
    if (!this.#isCalm && this.#is(0.02))
      throw Object.assign(new Error('503'), { code: 'ERR_AUTHLETE_STATUS', status: 503 });
    if (!this.#isCalm && this.#is(0.03)) await this.#pause(this.#between(100, 40_000));
    const isUsed = transaction.takenAt !== undefined || Date.now() > transaction.expiresAt;
    if (!isUsed) Object.assign(transaction, { taken: result, takenAt: this.#clock.now(), takenFrom: process });
    if (!this.#isCalm && this.#is(0.03)) {
      transaction.isAnswerLost = true;
      await this.#pause(this.#between(1, 60_000));
      throw unreachable('ECONNRESET');
    }
    await this.#pause(this.#between(1, 20));
    if (process.dead) return never;
    if (isUsed) return { action: 'SERVER_ERROR' };
    transaction.heardBy = process;
    if (transaction.deliveryMode === 'POLL') return { action: 'NO_ACTION' };
    return {
      action: 'NOTIFICATION',
      responseContent: JSON.stringify({ auth_req_id: ticket }),
      clientNotificationEndpoint: `https://client-${Number(ticket) % 5}.example/cb`,
      clientNotificationToken: 'token',
      deliveryMode: transaction.deliveryMode,
    };
  }

  // Clients: they answer 503, hang, or lose the answer.

  async #post(process: Process, { endpoint, body }: Parameters<Poster['post']>[0], signal: AbortSignal) {
    if (process.dead) return never;
    if (signal.aborted) throw signal.reason;
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    aborted.catch(() => {});
    const answering = async () => {
      await this.#pause(this.#between(1, 50));
      if (process.dead) return never;
      if (this.#away.clients.has(endpoint)) {
        await this.#pause(15_000);
        throw new NotificationError('ERR_NOTIFICATION_TIMEOUT', 'no answer');
      }
      if (!this.#isCalm && this.#is(0.1)) return { status: 503 };
      const transaction = this.#transactions.get(JSON.parse(body).auth_req_id) as Transaction;
      transaction.delivered += 1;
      if (!this.#isCalm && this.#is(0.02)) throw new NotificationError('ERR_NOTIFICATION_UNREACHABLE', 'reset');
      return { status: 204 };
    };
    return Promise.race([answering(), aborted]);
  }

  // What happens.

  #begin(n: number): void {
    const ticket = String(n);
    const deliveryMode = (['POLL', 'PING', 'PUSH'] as const)[n % 3] ?? 'POLL';
    const expiresAt = Date.now() + Math.round(this.#between(20_000, 180_000));
    const transaction: Transaction = {
      ticket,
      deliveryMode,
      expiresAt,
      promised: false,
      storedBy: new Set(),
      delivered: 0,
      deciders: 0,
      callers: [],
      isAnswerLost: false,
      events: [],
    };
    this.#transactions.set(ticket, transaction);
    this.#byRow.set(jobId(ticket), transaction);
    const process = this.#anyProcess();
    const issued = { id: ticket, ticket, clientId: '42', subject: 'alice', deliveryMode };
    if (deliveryMode !== 'POLL')
      process.jobs.expire({ kind: 'expiry', transaction: issued, expiresAt }, expiresAt - Date.now() - 5_000);
    if (this.#is(0.1)) return; // Nobody decides.
    transaction.deciders = this.#is(0.2) ? 2 : 1;
    for (let i = 0; i < transaction.deciders; i += 1) void this.#decide(transaction);
  }

  #anyProcess(): Process {
    for (;;) {
      const process = this.#processes[Math.floor(this.#clock.random() * 3)] as Process;
      if (!process.closing && !process.dead) return process;
    }
  }

  async #decide(transaction: Transaction): Promise<void> {
    const { ticket, deliveryMode, expiresAt } = transaction;
    await this.#pause(this.#between(0, 15_000));
    for (let tries = 0; tries < 20 && Date.now() < expiresAt; tries += 1) {
      const process = this.#anyProcess();
      const issued = { id: ticket, ticket, clientId: '42', subject: 'alice', deliveryMode };
      const request = { ticket, result: 'AUTHORIZED', subject: 'alice' } as const;
      const contents = {
        kind: 'decision',
        transaction: issued,
        request,
        expiresAt,
        attempts: 0,
        unheard: true,
      } as const;
      const isHook = this.#is(0.5);
      const deciding = isHook ? process.jobs.settle(contents) : process.jobs.decide(contents, 10_000);
      const { type } = await deciding;
      if (process.dead) return;
      this.#count(`${isHook ? 'settle' : 'decide'} ${type}`);
      const isTold = type === 'taken' || type === 'putOff' || type === 'unanswered';
      if (isTold && !isHook) transaction.promised = true;
      if (isTold && isHook) transaction.hookOf = process;
      if (type !== 'unstored') return;
      await this.#pause(this.#between(100, 2_000));
    }
  }

  /** Outages, closes and kills, until all is calm. */
  #trouble(): void {
    const every = (least: number, most: number, happen: () => Promise<void>) => {
      const next = async () => {
        await this.#pause(this.#between(least, most));
        if (this.#isCalm) return;
        await happen();
        void next();
      };
      void next();
    };
    every(5_000, 60_000, async () => {
      this.#away.store = true;
      await this.#pause(this.#between(100, 6_000));
      this.#away.store = false;
    });
    every(5_000, 60_000, async () => {
      this.#away.authlete = true;
      await this.#pause(this.#between(100, 20_000));
      this.#away.authlete = false;
    });
    every(5_000, 60_000, async () => {
      const endpoint = `https://client-${Math.floor(this.#between(0, 5))}.example/cb`;
      this.#away.clients.add(endpoint);
      await this.#pause(this.#between(100, 90_000));
      this.#away.clients.delete(endpoint);
    });
    every(5_000, 40_000, async () => {
      const slot = Math.floor(this.#between(0, 3));
      const process = this.#processes[slot] as Process;
      process.closing = true;
      if (this.#processes.every(({ closing }) => closing)) {
        process.closing = false;
        return;
      }
      if (this.#is(0.5)) {
        const timeout = this.#between(0, 10_000);
        const begun = this.#clock.now();
        await process.jobs.close(new Deadline(timeout));
        const took = this.#clock.now() - begun;
        if (took > timeout + 1_100) this.#faults.push(`close(${timeout}) took ${took} ms`);
        this.#count('closed');
      } else {
        process.killed = true;
        this.#count('killed');
      }
      process.dead = true;
      await this.#pause(this.#between(0, 5_000));
      this.#start(slot);
    });
  }

  // What must be true in the end.

  #judge(): void {
    for (const job of this.#store.jobs()) {
      const transaction = this.#byRow.get(job.id) as Transaction;
      this.#fault(`its row is there still, at stage ${job.stage}`, transaction);
    }
    for (const transaction of this.#transactions.values()) this.#judgeOne(transaction);
  }

  #judgeOne(transaction: Transaction): void {
    const { deliveryMode, isAnswerLost, callers, deciders, hookOf, storedBy, delivered, events } = transaction;
    const { taken, takenAt, takenFrom, heardBy } = transaction;
    // What a hook has decided is kept as soon as it is stored; before that, a process that is closed reports it.
    const isKept = (process?: Process) => process !== undefined && (!process.killed || storedBy.has(process));
    // And whoever decides first is first, also where that is nobody.
    const isFirst = hookOf !== undefined && (storedBy.size === 0 || storedBy.has(hookOf));
    const isPromised = transaction.promised || (isFirst && isKept(hookOf));
    const gaveUp = events.some(({ type }) => type === 'gaveUp');
    const isUnknown = events.some((event) => event.type === 'gaveUp' && event.why === 'unknown');
    if (isUnknown) this.#count('unknown');
    if (takenAt !== undefined) this.#count('taken');
    if (delivered > 1) this.#count('delivered more than once');
    if (isPromised && takenAt === undefined && !gaveUp)
      this.#fault('was promised, Authlete does not know of it', transaction);
    if (isPromised && taken === 'TRANSACTION_FAILED' && !gaveUp)
      this.#fault('was promised, and Authlete was told that nobody has decided', transaction);
    const isOwed = takenAt !== undefined && deliveryMode !== 'POLL' && isKept(takenFrom);
    if (isOwed && delivered === 0 && !gaveUp) this.#fault('was taken and never delivered, in silence', transaction);
    if (isUnknown && delivered > 0 && !heardBy?.dead && deciders < 2)
      this.#fault('was delivered and is called unknown', transaction);
    if (isUnknown && heardBy && !heardBy.dead && deciders < 2)
      this.#fault('was heard by a living process and is called unknown', transaction);
    // Of a dead process nobody knows whether it has called.
    const isUncertain = isAnswerLost || [...callers, ...storedBy].some(({ dead }) => dead);
    if (isUnknown && !isUncertain) this.#fault('is called unknown, and every answer was heard', transaction);
    if (events.filter(({ type }) => type === 'notified').length > 1) this.#count('notified more than once');
  }
}
