import { describe, expect, it } from '@jest/globals';
import { memoryQueue } from '../../lib/jobs/memory-queue.js';
import { describeQueue, lease } from '../support/queue-rules.js';

describeQueue('the queue in memory', async () => {
  const queue = Object.assign(memoryQueue(), { lease });
  return () => queue;
});

describe('the queue in memory', () => {
  const job = (id: number) => ({
    id: String(id),
    data: 'x'.repeat(300),
    dueAt: Date.now() + 60_000,
    expiresAt: Date.now() + 60_000,
  });

  it('is bounded', async () => {
    const queue = memoryQueue({ maxJobs: 2 });
    expect(await queue.put([job(1), job(2)])).toEqual(['1', '2']);
    await expect(queue.put([job(3)])).rejects.toThrow('more than 2 jobs wait already');
    expect(await queue.put([job(1)])).toEqual([]);
    await queue.replace(['1'], []);
    expect(await queue.put([job(3)])).toEqual(['3']);
  });

  it('hands jobs over in the order in which they are due, whatever was ended in between', async () => {
    const queue = memoryQueue();
    const now = Date.now();
    const jobs = Array.from({ length: 200 }, (_, i) => ({ ...job(i), dueAt: now - ((i * 7919) % 200) }));
    await queue.put(jobs);
    for (let i = 0; i < 200; i += 3) await queue.replace([String(i)], []);
    const handed: number[] = [];
    const work = queue.work(async ({ id }) => void handed.push(jobs[Number(id)]?.dueAt ?? 0), {
      concurrency: 1_000,
      lease: 60_000,
    });
    expect(handed).toHaveLength(133);
    expect(handed).toEqual(handed.toSorted((a, b) => a - b));
    await work.stop(0);
  });

  it('keeps no process alive', async () => {
    const { execFile } = await import('node:child_process');
    const { promisify } = await import('node:util');
    const script = `
      import { memoryQueue } from './lib/jobs/memory-queue.ts';
      const queue = memoryQueue();
      queue.work(async () => {}, { concurrency: 1, lease: 1000 });
      await queue.put([{ id: 'a', data: '', dueAt: Date.now() + 60_000, expiresAt: 1e15 }]);
    `;
    await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      timeout: 10_000,
    });
  });
});
