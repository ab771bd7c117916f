import type { Job, JobQueue } from 'ciba-backchannel';

type Operation = 'put' | 'keep' | 'end' | 'work';

/**
 * What goes wrong with a call before it reaches the store: it rejects. What goes wrong with the answer, the ids: the promise
 * is waited for afterwards, and may reject.
 */
export interface Faults {
  before?(operation: Operation, jobs: readonly Pick<Job, 'id' | 'stage'>[]): Promise<unknown> | undefined;
  /** Whether the process has died. */
  dead?(): boolean;
  after?(
    operation: Operation,
    jobs: readonly Pick<Job, 'id' | 'stage'>[],
    ids: readonly string[],
  ): Promise<unknown> | undefined;
}

interface Stored {
  job: Job;
  owner: string;
}

/** A store in memory that processes of a spec share; each sees it through a queue that may have faults of its own. */
export interface MemoryStore {
  queue(options?: Faults & Pick<JobQueue, 'name' | 'lease' | 'concurrency'>): JobQueue;
  /** What is stored. */
  jobs(): Job[];
}

export function memoryStore({ now = Date.now } = {}): MemoryStore {
  const rows = new Map<string, Stored>();
  const looks = new Set<() => void>();

  function changed(): void {
    for (const look of looks) look();
  }

  function put(owner: string, jobs: readonly Job[]): string[] {
    const stored = jobs.filter((job) => {
      const there = rows.get(job.id);
      const isRaised = there === undefined || there.job.stage < job.stage;
      if (!isRaised && !(there.owner === owner && there.job.stage === job.stage)) return false;
      rows.set(job.id, { job, owner });
      return true;
    });
    changed();
    return stored.map(({ id }) => id);
  }

  function keep(owner: string, jobs: readonly Job[]): string[] {
    const kept = jobs.filter((job) => {
      const there = rows.get(job.id);
      if (there?.owner !== owner || there.job.stage !== job.stage) return false;
      rows.set(job.id, { job, owner });
      return true;
    });
    changed();
    return kept.map(({ id }) => id);
  }

  function end(jobs: readonly Pick<Job, 'id' | 'stage'>[]): string[] {
    const ended = jobs.filter(({ id, stage }) => {
      const there = rows.get(id);
      return there !== undefined && there.job.stage <= stage && rows.delete(id);
    });
    return ended.map(({ id }) => id);
  }

  return {
    jobs: () => [...rows.values()].map(({ job }) => job),
    queue({ before, after, dead = () => false, ...settings } = {}) {
      async function through(
        operation: Operation,
        jobs: readonly Pick<Job, 'id' | 'stage'>[],
        run: () => string[],
      ): Promise<string[]> {
        await before?.(operation, jobs);
        const ids = run();
        await after?.(operation, jobs, ids);
        return ids;
      }

      return {
        ...settings,
        put: (owner, jobs) => through('put', jobs, () => put(owner, jobs)),
        keep: (owner, jobs) => through('keep', jobs, () => keep(owner, jobs)),
        end: (jobs) => through('end', jobs, () => end(jobs)),
        work(owner, perform, { concurrency, lease }) {
          const taken = [0, 0, 0];
          let timer: NodeJS.Timeout | undefined;

          async function handOver(job: Job): Promise<void> {
            taken[job.stage] = (taken[job.stage] ?? 0) + 1;
            try {
              await before?.('work', [job]);
              await perform(job);
            } catch {
              // It comes back when its lease ends.
            } finally {
              taken[job.stage] = (taken[job.stage] ?? 0) - 1;
              look();
            }
          }

          function look(): void {
            if (!looks.has(look) || dead()) return;
            clearTimeout(timer);
            let next = Number.POSITIVE_INFINITY;
            for (const { job } of [...rows.values()]) {
              if (job.dueAt > now()) next = Math.min(next, job.dueAt);
              else if ((taken[job.stage] ?? 0) < concurrency) {
                const leased = { ...job, dueAt: now() + lease };
                rows.set(job.id, { job: leased, owner });
                next = Math.min(next, leased.dueAt);
                void handOver(leased);
              }
            }
            if (next < Number.POSITIVE_INFINITY)
              timer = setTimeout(look, Math.max(1, Math.min(next - now(), 60_000))).unref();
          }

          looks.add(look);
          queueMicrotask(look);
          return {
            async stop() {
              looks.delete(look);
              clearTimeout(timer);
            },
          };
        },
      };
    },
  };
}
