import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll } from '@jest/globals';
import type { JobQueue } from 'ciba-backchannel';
import { Redis } from 'ioredis';
import { describeWith } from '../support/describe-with.js';
import { sectionsOf } from '../support/page-listings.js';
import { describeQueue, lease } from '../support/queue-rules.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { redis as redisInstalled } from './requirements.js';

type BullQueue = JobQueue & { close(): Promise<void> };
type Listing = { bullQueue(redis: Redis, options: object): BullQueue };

describeWith(redisInstalled, 'the queue on BullMQ of docs/guarantees.md', () => {
  let server: RedisServer;
  let listing: Listing;
  let redis: Redis;
  const queues: BullQueue[] = [];

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis({ port: server.port, maxRetriesPerRequest: null });
    const source = sectionsOf('docs/guarantees.md').get('Another engine')?.files.get('bull-queue.mjs');
    // Beside the packages that it imports.
    const folder = new URL('node_modules/.listings/', import.meta.url);
    await mkdir(folder, { recursive: true });
    const file = new URL('bull-queue.mjs', folder);
    await writeFile(file, source ?? '');
    listing = (await import(file.href)) as Listing;
  });
  afterAll(async () => {
    await Promise.all(queues.map((queue) => queue.close()));
    await redis.quit();
    await server.remove();
  });

  let names = 0;
  describeQueue('the queue in Redis', async () => {
    names += 1;
    const name = `ciba-${names}`;
    return () => {
      const queue = listing.bullQueue(redis, { name, lease });
      queues.push(queue);
      return queue;
    };
  });
});
