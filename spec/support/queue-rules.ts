import { randomUUID } from 'node:crypto';
import { describe, expect } from '@jest/globals';
import type { Job, JobQueue } from 'ciba-backchannel';
import { afterwards, concurrently } from './concurrently.js';
import { deferred, never } from './deferred.js';

/** What the rules need: the same queue as several processes see it, empty at the beginning of each spec. */
export type QueueFactory = () => Promise<() => JobQueue>;

/** Milliseconds: short, since specs wait for leases to end. */
export const lease = 600;

export function newJob(more: Partial<Job> = {}): Job {
  const now = Date.now();
  return { id: randomUUID(), stage: 1, data: 'data', dueAt: now, expiresAt: now + 60_000, ...more };
}

const later = () => Date.now() + 30_000;

/** The rules of the port `JobQueue`. */
export function queueRules(open: QueueFactory): void {
  async function opened() {
    const processes = await open();
    return { queue: processes(), other: processes(), processes };
  }

  interface Work {
    owner?: string;
    concurrency?: number;
    perform?: (job: Job) => Promise<void>;
  }

  /** Works until the spec ends, or `stop()` is called. */
  function working(from: JobQueue, { owner = 'worker', concurrency = 10, perform = async () => {} }: Work = {}) {
    const jobs: Job[] = [];
    const waiting: { count: number; resolve(jobs: Job[]): void }[] = [];
    const work = from.work(
      owner,
      async (job) => {
        jobs.push(job);
        for (const { count, resolve } of waiting) if (jobs.length >= count) resolve(jobs);
        await perform(job);
      },
      { concurrency, lease },
    );
    afterwards(() => work.stop());
    return {
      jobs,
      stop: () => work.stop(),
      /** Resolves when so many have been handed over. */
      handed(count: number): Promise<Job[]> {
        const { promise, resolve } = deferred<Job[]>();
        if (jobs.length >= count) resolve(jobs);
        else waiting.push({ count, resolve });
        return promise;
      },
    };
  }

  const pass = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  describe('put()', () => {
    concurrently('stores what is new, and what is there with a lower stage', async () => {
      const { queue, other } = await opened();
      const [row, fresh] = [newJob({ stage: 0, dueAt: later() }), newJob({ stage: 1, dueAt: later() })];
      expect(await queue.put('a', [row])).toEqual([row.id]);
      const decision = { ...row, stage: 1, data: 'decision' } as const;
      expect((await other.put('b', [decision, fresh])).sort()).toEqual([row.id, fresh.id].sort());
      const notification = { ...row, stage: 2, data: 'notification', dueAt: Date.now() } as const;
      expect(await queue.put('a', [notification])).toEqual([row.id]);
      expect(await working(other).handed(1)).toMatchObject([{ id: row.id, stage: 2, data: 'notification' }]);
    });

    concurrently('leaves what another has at the same stage, and what is at a higher one, as it is', async () => {
      const { queue, other } = await opened();
      const [same, higher] = [newJob({ stage: 1, data: 'first' }), newJob({ stage: 2, data: 'first' })];
      await queue.put('a', [same, higher]);
      expect(await other.put('b', [{ ...same, data: 'second' }])).toEqual([]);
      expect(await other.put('b', [{ ...higher, stage: 1, data: 'second' }])).toEqual([]);
      expect(await queue.put('a', [{ ...higher, stage: 0, data: 'second' }])).toEqual([]);
      const handed = await working(queue).handed(2);
      expect(handed.map(({ data }) => data)).toEqual(['first', 'first']);
    });

    concurrently('gives its owner the same answer again: the first may have been lost', async () => {
      const { queue, other } = await opened();
      const row = newJob({ dueAt: later() });
      expect(await queue.put('a', [row])).toEqual([row.id]);
      expect(await queue.put('a', [row])).toEqual([row.id]);
      expect(await other.put('b', [row])).toEqual([]);
      expect(await queue.put('a', [row])).toEqual([row.id]);
    });

    concurrently('lets one of many through that want the same', async () => {
      const { processes } = await opened();
      const row = newJob({ dueAt: later() });
      const owners = Array.from({ length: 20 }, (_, i) => `owner-${i}`);
      const stored = await Promise.all(owners.map((owner) => processes().put(owner, [{ ...row, data: owner }])));
      const winners = owners.filter((_, i) => stored[i]?.length === 1);
      expect(winners).toHaveLength(1);
      expect(stored.flat()).toEqual([row.id]);
      expect(await processes().keep(winners[0] as string, [{ ...row, dueAt: Date.now() }])).toEqual([row.id]);
    });

    concurrently('takes nothing, and everything that a row may hold', async () => {
      const { queue } = await opened();
      expect(await queue.put('a', [])).toEqual([]);
      const odd = [
        newJob({ data: '' }),
        newJob({ data: 'x'.repeat(200_000) }),
        newJob({ data: `"{\\,}' NULL $1 \n ${String.fromCodePoint(0x1f600)}` }),
        newJob({ dueAt: Date.now() - 0.7, expiresAt: Date.now() + 60_000.3 }),
        newJob({ dueAt: 0, expiresAt: 0 }),
        newJob({ dueAt: Date.now(), expiresAt: 8.64e15 }),
      ];
      expect((await queue.put('an owner: "{1}"', odd)).sort()).toEqual(odd.map(({ id }) => id).sort());
      const handed = await working(queue).handed(odd.length);
      for (const { id, data, expiresAt } of odd) {
        const back = handed.find((each) => each.id === id);
        expect(back?.data).toBe(data);
        expect(Math.abs((back?.expiresAt ?? Number.NaN) - expiresAt)).toBeLessThanOrEqual(1);
        expect(Number.isInteger(back?.dueAt)).toBe(true);
      }
    });

    concurrently('of a row that cannot be stored does not harm rows that are stored at the same time', async () => {
      const { queue } = await opened();
      const [bad, good] = [newJob({ data: 'a\0b', dueAt: later() }), newJob({ dueAt: later() })];
      const [, stored] = await Promise.allSettled([
        queue.put('a', [bad]),
        queue.put('b', [good]),
        queue.put('a', [newJob({ dueAt: Number.NaN })]),
      ]);
      expect(stored).toEqual({ status: 'fulfilled', value: [good.id] });
      expect(await queue.keep('b', [good])).toEqual([good.id]);
    });
  });

  describe('keep()', () => {
    concurrently('changes what its owner has at this stage, and nothing else', async () => {
      const { queue, other } = await opened();
      const [mine, others, raised, ended] = [0, 1, 2, 3].map(() => newJob({ dueAt: later() })) as [Job, Job, Job, Job];
      await queue.put('a', [mine, raised, ended]);
      await other.put('b', [others, { ...raised, stage: 2 }]);
      await other.end([ended]);
      const changed = [mine, others, raised, ended].map((job) => ({ ...job, data: 'changed', dueAt: Date.now() }));
      expect(await queue.keep('a', changed)).toEqual([mine.id]);
      expect(await queue.keep('a', changed)).toEqual([mine.id]);
      const work = working(other);
      expect(await work.handed(1)).toMatchObject([{ id: mine.id, data: 'changed' }]);
      await pass(lease / 3);
      expect(work.jobs).toHaveLength(1);
    });

    concurrently('is refused to the former owner of a row that was handed to another', async () => {
      const { queue, other } = await opened();
      const row = newJob();
      await queue.put('a', [row]);
      await working(other, { owner: 'b', perform: () => never }).handed(1);
      expect(await queue.keep('a', [{ ...row, dueAt: later() }])).toEqual([]);
      expect(await other.keep('b', [{ ...row, dueAt: later() }])).toEqual([row.id]);
    });

    concurrently('renews a lease, and gives a row back at once', async () => {
      const { queue, other } = await opened();
      const [renewed, given] = [newJob({ dueAt: Date.now() + lease / 2 }), newJob({ dueAt: later() })];
      await queue.put('a', [renewed, given]);
      await queue.keep('a', [{ ...renewed, dueAt: later() }]);
      const work = working(other);
      await queue.keep('a', [{ ...given, dueAt: Date.now() }]);
      expect(await work.handed(1)).toMatchObject([{ id: given.id }]);
      await pass(lease / 2);
      expect(work.jobs.map(({ id }) => id)).not.toContain(renewed.id);
    });
  });

  describe('end()', () => {
    concurrently('removes rows up to a stage, whichever owner has them, and returns their ids', async () => {
      const { queue, other } = await opened();
      const [mine, others, higher] = [newJob(), newJob({ stage: 0 }), newJob({ stage: 2 })];
      await queue.put('a', [mine, higher]);
      await other.put('b', [others]);
      const all = [mine, others, higher, newJob()].map(({ id }) => ({ id, stage: 1 }) as const);
      expect((await queue.end(all)).sort()).toEqual([mine.id, others.id].sort());
      expect(await queue.end(all)).toEqual([]);
      expect(await queue.end([])).toEqual([]);
      expect(await queue.keep('a', [mine])).toEqual([]);
      const work = working(other);
      expect(await work.handed(1)).toMatchObject([{ id: higher.id }]);
      // A row may be stored again after its end.
      expect(await queue.put('c', [mine])).toEqual([mine.id]);
    });

    concurrently('ends what has been handed over', async () => {
      const { queue, other } = await opened();
      const row = newJob();
      await queue.put('a', [row]);
      const work = working(other, { perform: () => never });
      await work.handed(1);
      expect(await queue.end([row])).toEqual([row.id]);
      await pass(2 * lease);
      expect(work.jobs).toHaveLength(1);
    });
  });

  describe('work()', () => {
    concurrently('hands over what is due, expired or not, and nothing else', async () => {
      const { queue } = await opened();
      const expired = newJob({ dueAt: Date.now() - 5_000, expiresAt: Date.now() - 1_000 });
      const soon = newJob({ dueAt: Date.now() + 300, stage: 0 });
      await queue.put('a', [expired, soon, newJob({ dueAt: later() })]);
      const work = working(queue);
      const handed = await work.handed(2);
      const [first, second] = [expired, soon].map(({ id }) => handed.find((job) => job.id === id));
      expect(first).toMatchObject({ stage: 1, data: 'data', expiresAt: expired.expiresAt });
      expect(second).toMatchObject({ stage: 0 });
      expect(Date.now()).toBeGreaterThanOrEqual(soon.dueAt - 20);
      await pass(200);
      // On a slow machine its lease may have ended by now, and it is handed over once more.
      expect(new Set(work.jobs.map(({ id }) => id))).toEqual(new Set([expired.id, soon.id]));
    });

    concurrently('hands each row to one owner, who has it for a lease from then on', async () => {
      const { queue, other } = await opened();
      const rows = Array.from({ length: 50 }, (_, i) => newJob({ stage: (i % 3) as 0 | 1 | 2 }));
      await queue.put('a', rows);
      const ending = (from: JobQueue, owner: string) =>
        working(from, { owner, perform: async (job) => void (await from.end([job])) });
      const [mine, others] = [ending(queue, 'b'), ending(other, 'c')];
      while (mine.jobs.length + others.jobs.length < rows.length) await pass(5);
      const handed = [...mine.jobs, ...others.jobs];
      expect(handed.map(({ id }) => id).sort()).toEqual(rows.map(({ id }) => id).sort());
      const leases = handed.map(({ dueAt }) => dueAt - Date.now());
      expect(Math.max(...leases)).toBeLessThanOrEqual(lease + 1);
    });

    concurrently('hands a row over again when the lease ends, and not when performing fails', async () => {
      const { queue, other } = await opened();
      const row = newJob();
      await queue.put('a', [row]);
      const failing = working(queue, { perform: () => Promise.reject(new Error('not yet')) });
      await failing.handed(1);
      const begun = Date.now();
      await failing.stop();
      expect(await working(other).handed(1)).toMatchObject([{ id: row.id, data: 'data' }]);
      expect(Date.now() - begun).toBeGreaterThanOrEqual(lease - 100);
    });

    concurrently('hands over no more of a stage than may be performed at once, and no stage waits', async () => {
      const { queue } = await opened();
      const rows = ([0, 0, 0, 1, 1, 1, 2] as const).map((stage) => newJob({ stage }));
      await queue.put('a', rows);
      const places = { 0: 0, 1: 0, 2: 0 };
      const done = deferred();
      const work = working(queue, {
        concurrency: 2,
        perform: async (job) => {
          places[job.stage] += 1;
          await done.promise;
          await queue.end([job]);
        },
      });
      await work.handed(5);
      await pass(lease / 3);
      expect(places).toEqual({ 0: 2, 1: 2, 2: 1 });
      done.resolve();
      await work.handed(7);
    });

    concurrently('stops: nothing is handed over afterwards, and what was stays with its owner', async () => {
      const { queue, other } = await opened();
      const row = newJob();
      await queue.put('a', [row]);
      const work = working(queue, { owner: 'b', perform: () => never });
      await work.handed(1);
      await work.stop();
      await work.stop();
      const next = newJob();
      await queue.put('a', [next]);
      const others = working(other);
      expect(await others.handed(1)).toMatchObject([{ id: next.id }]);
      expect(work.jobs).toHaveLength(1);
      expect(await queue.keep('b', [{ ...row, dueAt: later() }])).toEqual([row.id]);
      await pass(lease);
      expect(others.jobs.map(({ id }) => id)).not.toContain(row.id);
    });

    concurrently('drains a thousand rows', async () => {
      const { queue, other } = await opened();
      const rows = Array.from({ length: 1_000 }, () => newJob());
      await queue.put('a', rows);
      const ended = new Set<string>();
      const all = deferred();
      const perform = async (job: Job) => {
        for (const id of await other.end([job])) ended.add(id);
        if (ended.size === rows.length) all.resolve();
      };
      working(queue, { owner: 'b', perform });
      working(other, { owner: 'c', perform });
      await all.promise;
    });
  });

  describe('a stage only rises', () => {
    concurrently('whichever owner has adopted the row meanwhile, and a success ends it for all', async () => {
      const { queue, other } = await opened();
      const decision = newJob();
      await queue.put('a', [decision]);
      await working(other, { owner: 'b', perform: () => never }).handed(1);
      const notification = { ...decision, stage: 2, dueAt: later() } as const;
      expect(await queue.put('a', [notification])).toEqual([decision.id]);
      expect(await other.keep('b', [{ ...decision, dueAt: later() }])).toEqual([]);
      // It repeats the decision, and Authlete refuses that: what was stored is not touched.
      expect(await other.end([decision])).toEqual([]);
      expect(await other.end([notification])).toEqual([decision.id]);
      expect(await queue.keep('a', [notification])).toEqual([]);
    });

    concurrently('in whatever order rows are written, by whomever: nobody waits for ever, one has each', async () => {
      const { processes } = await opened();
      const rows = Array.from({ length: 30 }, () => newJob({ stage: 0, dueAt: later() }));
      const owners = ['a', 'b', 'c', 'd'];
      const stored = await Promise.all(
        owners.map(async (owner, i) => {
          const queue = processes();
          const mixed = i % 2 === 0 ? rows : rows.toReversed();
          const stages = await Promise.all(
            ([0, 1, 2] as const).map((stage) =>
              Promise.all(mixed.map((row) => queue.put(owner, [{ ...row, stage }]))).then((ids) => ids.flat()),
            ),
          );
          await queue.keep(
            owner,
            mixed.map((row) => ({ ...row, stage: 2 })),
          );
          return stages[2] as string[];
        }),
      );
      expect(stored.flat().sort()).toEqual(rows.map(({ id }) => id).sort());
      const queue = processes();
      const ends = await Promise.all(
        [rows, rows.toReversed()].map((mixed) => queue.end(mixed.map(({ id }) => ({ id, stage: 2 })))),
      );
      expect(ends.flat().sort()).toEqual(rows.map(({ id }) => id).sort());
    });
  });
}

export function describeQueue(name: string, open: QueueFactory): void {
  describe(name, () => queueRules(open));
}
