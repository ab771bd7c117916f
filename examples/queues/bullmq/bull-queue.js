/*
 * A job queue on BullMQ: the four methods of `JobQueue`. Rows are hashes in Redis, each changed by one script in one step;
 * BullMQ only says when one may be due. Redis must write every change to the disk: `appendonly yes`, `appendfsync always`. In a
 * cluster all keys must be in one hash slot: put the name in braces, as in `{ciba}`.
 */
import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';

/** Redis's clock, which all processes share, in whole milliseconds. */
const now = `
  local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local function held(key)
    local row = redis.call('HMGET', key, 'stage', 'owner')
    return tonumber(row[1] or -1), row[2]
  end
  local function store(key, owner, stage, data, dueIn, expiresAt)
    redis.call('HSET', key, 'stage', stage, 'owner', owner, 'data', data, 'dueAt', now() + dueIn, 'expiresAt', expiresAt)
  end`;

// Each script takes KEYS, and several of ARGV for each key. It returns a list: 1 for each row that it changed, 0 for the others.

const put = `${now}
  local done = {}
  for i, key in ipairs(KEYS) do
    local stage, data, dueIn, expiresAt = unpack(ARGV, i * 4 - 2, i * 4 + 1)
    local current, owner = held(key)
    local isMine = current < tonumber(stage) or (current == tonumber(stage) and owner == ARGV[1])
    if isMine then store(key, ARGV[1], stage, data, dueIn, expiresAt) end
    done[i] = isMine and 1 or 0
  end
  return done`;

const keep = `${now}
  local done = {}
  for i, key in ipairs(KEYS) do
    local stage, data, dueIn, expiresAt = unpack(ARGV, i * 4 - 2, i * 4 + 1)
    local current, owner = held(key)
    local isMine = current == tonumber(stage) and owner == ARGV[1]
    if isMine then store(key, ARGV[1], stage, data, dueIn, expiresAt) end
    done[i] = isMine and 1 or 0
  end
  return done`;

const end = `${now}
  local done = {}
  for i, key in ipairs(KEYS) do
    local current = held(key)
    local isThere = current >= 0 and current <= tonumber(ARGV[i])
    if isThere then redis.call('DEL', key) end
    done[i] = isThere and 1 or 0
  end
  return done`;

/** Takes the row if it is due, or says in how many milliseconds it will be due; nil if the row is gone or at another stage. */
const take = `${now}
  local row = redis.call('HMGET', KEYS[1], 'stage', 'data', 'dueAt', 'expiresAt')
  if not row[1] or row[1] ~= ARGV[3] then return nil end
  local dueIn = tonumber(row[3]) - now()
  if dueIn > 0 then return { tostring(dueIn) } end
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'dueAt', now() + ARGV[2])
  return { '0', row[1], row[2], row[4] }`;

const stages = [0, 1, 2];

/** Milliseconds after which a row that is due sooner is checked even if the process dies while it stores the row. */
const late = 5_000;

/** @param redis an ioredis client with `maxRetriesPerRequest: null`, as BullMQ wants it */
export function bullQueue(redis, { name = 'ciba', lease, concurrency, onError = () => {} } = {}) {
  // One for each stage, so that none waits for another.
  const timers = stages.map((stage) => new Queue(`${name}-${stage}`, { connection: redis }));
  for (const timer of timers) timer.on('error', onError);
  const keyOf = ({ id }) => `${name}:job:${id}`;

  async function run(script, jobs, ...args) {
    if (jobs.length === 0) return [];
    const done = await redis.eval(script, jobs.length, ...jobs.map(keyOf), ...args);
    return jobs.flatMap(({ id }, i) => (done[i] === 1 ? id : []));
  }

  /** Lets BullMQ check each row in `delayOf(job)` milliseconds. If the row is not due then, the check does nothing. */
  async function wake(jobs, delayOf) {
    const settings = { removeOnComplete: true, removeOnFail: true };
    await Promise.all(
      timers.map((timer, stage) => {
        const own = jobs.filter((job) => job.stage === stage);
        const wakeUps = own.map((job) => ({
          name: 'due',
          data: { id: job.id, stage },
          opts: { jobId: randomUUID(), delay: Math.max(0, Math.ceil(delayOf(job))), ...settings },
        }));
        return wakeUps.length > 0 && timer.addBulk(wakeUps);
      }),
    );
  }

  /**
   * Schedules a check before it stores the rows, late enough to find them even if the process dies right afterwards; and
   * another one afterwards for rows that are due sooner.
   */
  async function store(script, owner, jobs) {
    const dueIn = ({ dueAt }) => Math.max(0, Math.ceil(dueAt - Date.now()));
    await wake(jobs, (job) => Math.max(dueIn(job), late));
    const values = jobs.flatMap((job) => [job.stage, job.data, dueIn(job), Math.round(job.expiresAt)]);
    const ids = await run(script, jobs, owner, ...values);
    const sooner = jobs.filter((job) => dueIn(job) < late && ids.includes(job.id));
    await wake(sooner, dueIn);
    return ids;
  }

  function work(owner, perform, limits) {
    let isStopping = false;
    const looking = new Set();

    async function handOver(wakeUp) {
      const took = await redis.eval(take, 1, keyOf(wakeUp), owner, limits.lease, wakeUp.stage);
      if (took === null) return;
      const [dueIn, stage, data, expiresAt] = took;
      if (Number(dueIn) > 0) return wake([wakeUp], () => Number(dueIn));
      const job = { id: wakeUp.id, stage: Number(stage), data, expiresAt: Number(expiresAt) };
      // Checks again when the lease ends, in case this process has neither renewed it nor ended the row.
      await wake([wakeUp], () => limits.lease);
      return () => perform({ ...job, dueAt: Date.now() + limits.lease });
    }

    async function wokenUp({ data }) {
      if (isStopping) return wake([data], () => 0);
      const handing = handOver(data);
      looking.add(handing);
      const handed = await handing.finally(() => looking.delete(handing));
      await handed?.().catch(() => {});
    }

    const settings = { connection: redis, concurrency: limits.concurrency };
    const workers = timers.map(({ name: queue }) => new Worker(queue, wokenUp, settings));
    for (const worker of workers) worker.on('error', onError);
    return {
      async stop() {
        isStopping = true;
        // Without waiting for rows that are worked on: they stay with their owner.
        await Promise.all(workers.map((worker) => worker.pause(true)));
        await Promise.allSettled(looking);
        await Promise.all(workers.map((worker) => worker.close(true)));
      },
    };
  }

  return {
    name,
    lease,
    concurrency,
    put: (owner, jobs) => store(put, owner, jobs),
    keep: (owner, jobs) => store(keep, owner, jobs),
    end: (jobs) => run(end, jobs, ...jobs.map(({ stage }) => stage)),
    work,
    /** Not part of `JobQueue`: for the host, after everything that uses the queue is closed. */
    close: () => Promise.all(timers.map((timer) => timer.close())),
  };
}
