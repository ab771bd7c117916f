import { copyFile, mkdir } from 'node:fs/promises';
import { afterAll, beforeAll } from '@jest/globals';
import type { JobQueue } from 'ciba-backchannel';
import { Redis } from 'ioredis';
import { describeCompletion } from '../support/completion-rules.js';
import { describeWith } from '../support/describe-with.js';
import { describeQueue, lease } from '../support/queue-rules.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { redis as redisInstalled } from './requirements.js';

type BullQueue = JobQueue & { close(): Promise<void> };
type Example = { bullQueue(redis: Redis, options: object): BullQueue };

describeWith(redisInstalled, 'examples/queues/bullmq', () => {
  let server: RedisServer;
  let example: Example;
  let redis: Redis;
  const queues: BullQueue[] = [];

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis({ port: server.port, maxRetriesPerRequest: null });
    // Beside the packages that it imports.
    const folder = new URL('node_modules/.examples/', import.meta.url);
    await mkdir(folder, { recursive: true });
    const file = new URL('bull-queue.mjs', folder);
    await copyFile('examples/queues/bullmq/bull-queue.js', file);
    example = (await import(file.href)) as Example;
  });
  afterAll(async () => {
    await Promise.all(queues.map((queue) => queue.close()));
    await redis.quit();
    await server.remove();
  });

  let names = 0;
  async function open() {
    names += 1;
    const name = `ciba-${names}`;
    return () => {
      const queue = example.bullQueue(redis, { name, lease });
      queues.push(queue);
      return queue;
    };
  }

  describeQueue('the queue in Redis', open);
  describeCompletion('decisions in Redis', open);
});
