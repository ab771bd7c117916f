import { maxTimeout } from '../options/checks.js';
import { Deadline } from '../time/deadline.js';
import { type InFlight, inFlight } from '../time/in-flight.js';
import type { Job, JobQueue, QueueWork, WorkOptions } from './queue.js';
import { Schedule, type Scheduled } from './schedule.js';

interface Entry extends Scheduled {
  job: Job;
}

interface Worker extends WorkOptions {
  perform: (job: Job) => Promise<void>;
  running: InFlight;
  /** Jobs that were handed over, and have neither ended nor been put off. */
  performing: Set<Entry>;
}

/** Jobs in this process. */
export interface MemoryQueue extends JobQueue {
  has(id: string): boolean;
  /** Ends the jobs that the filter chooses. @returns them */
  drain(filter: (job: Job) => boolean): Job[];
}

/**
 * The default queue: jobs in this process. Nothing survives it, and what waits does not keep it alive.
 *
 * @param maxJobs jobs that wait, at most; `put` rejects beyond that
 * @param count told how many more, or fewer, jobs there are
 */
export function memoryQueue({ maxJobs = 100_000, count = (_change: number): void => {} } = {}): MemoryQueue {
  return new QueueInMemory(maxJobs, count);
}

class QueueInMemory implements MemoryQueue {
  readonly #maxJobs: number;
  readonly #count: (change: number) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #schedule = new Schedule<Entry>();
  readonly #workers = new Set<Worker>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, by the monotonic clock. */
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(maxJobs: number, count: (change: number) => void) {
    this.#maxJobs = maxJobs;
    this.#count = count;
  }

  async put(jobs: readonly Job[]): Promise<string[]> {
    const fresh = new Map(jobs.filter(({ id }) => !this.#entries.has(id)).map((job) => [job.id, job]));
    if (this.#entries.size + fresh.size > this.#maxJobs)
      throw new Error(`more than ${this.#maxJobs} jobs wait already`);
    this.#store(fresh.values());
    return [...fresh.keys()];
  }

  async replace(ids: readonly string[], next: readonly Job[]): Promise<boolean> {
    const [first] = ids;
    if (first === undefined || !this.#entries.has(first)) return false;
    for (const id of ids) this.#end(id);
    this.#store(next.filter(({ id }) => !this.#entries.has(id)));
    return true;
  }

  work(perform: (job: Job) => Promise<void>, options: WorkOptions): QueueWork {
    const worker: Worker = { ...options, perform, running: inFlight(), performing: new Set() };
    this.#workers.add(worker);
    this.#handOver();
    return { stop: (within) => this.#stop(worker, within) };
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  drain(filter: (job: Job) => boolean): Job[] {
    const drained = [...this.#entries.values()].map(({ job }) => job).filter(filter);
    for (const { id } of drained) this.#end(id);
    return drained;
  }

  #store(jobs: Iterable<Job>): void {
    const now = performance.now();
    const offset = now - Date.now();
    for (const job of jobs) {
      // Steps of the wall clock do not change how long a job waits.
      const entry = { job, at: job.dueAt + offset, index: 0 };
      this.#entries.set(job.id, entry);
      this.#schedule.add(entry);
      this.#count(1);
    }
    this.#wake();
  }

  #end(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#schedule.remove(entry);
    this.#count(-1);
  }

  #wake(): void {
    const { first } = this.#schedule;
    if (first === undefined || first.at >= this.#wakesAt || this.#workers.size === 0) return;
    clearTimeout(this.#timer);
    this.#wakesAt = first.at;
    const wait = Math.min(Math.max(0, Math.ceil(first.at - performance.now())), maxTimeout);
    this.#timer = setTimeout(() => this.#handOver(), wait).unref();
  }

  #handOver(): void {
    clearTimeout(this.#timer);
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (let { first } = this.#schedule; first !== undefined && first.at <= now; first = this.#schedule.first) {
      const worker = this.#freeWorker();
      // The next one that is free hands over again.
      if (worker === undefined) return;
      this.#perform(worker, first);
    }
    this.#wake();
  }

  #freeWorker(): Worker | undefined {
    for (const worker of this.#workers) if (worker.performing.size < worker.concurrency) return worker;
    return undefined;
  }

  #perform(worker: Worker, entry: Entry): void {
    this.#move(entry, performance.now() + worker.lease);
    worker.performing.add(entry);
    const done = () => {
      worker.performing.delete(entry);
      this.#handOver();
    };
    worker.running.track(worker.perform({ ...entry.job, dueAt: Date.now() + worker.lease }).then(done, done));
  }

  #move(entry: Entry, at: number): void {
    this.#schedule.remove(entry);
    entry.at = at;
    this.#schedule.add(entry);
  }

  async #stop(worker: Worker, within: number): Promise<void> {
    this.#workers.delete(worker);
    await worker.running.idle(new Deadline(within));
    for (const entry of worker.performing) {
      if (this.#entries.get(entry.job.id) === entry) this.#move(entry, performance.now());
    }
    if (this.#workers.size > 0) this.#handOver();
  }
}
