// A process that decides: through the package with one of its queues, or with the two bare calls.

import { authleteClient, authorized, cibaCompletion } from 'ciba-backchannel';
import { migrateQueue, postgresQueue } from 'ciba-backchannel/postgres';
import { Agent, request } from 'undici';
import { handles } from '../lib/completion/handle.ts';
import { jobId } from '../lib/jobs/job-codec.ts';
import { newPool } from './pool.js';

const { kind, authlete: baseUrl, database } = JSON.parse(process.env.BENCH_DECIDER);
const keys = ['a secret of the benchmark: thirty-two bytes'];
const { seal } = handles(keys);

/** Milliseconds from the answer to the commit of what follows from it. */
let windows = [];
let commits = 0;
let transactions = 0;

async function bare() {
  const dispatcher = new Agent({ connections: 128 });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer token' };
  const decide = async ({ ticket }) => {
    const told = JSON.stringify({ ticket, result: 'AUTHORIZED', subject: 'alice' });
    const path = '/api/1/backchannel/authentication/complete';
    const { body } = await request(baseUrl + path, { dispatcher, method: 'POST', headers, body: told });
    const answer = await body.json();
    const ping = await request(answer.clientNotificationEndpoint, {
      dispatcher,
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${answer.clientNotificationToken}` },
      body: answer.responseContent,
    });
    await ping.body.dump();
    if (ping.statusCode !== 204) throw new Error(`the ping was answered ${ping.statusCode}`);
  };
  return { decide };
}

async function through(queue) {
  const answeredAt = new Map();
  const client = authleteClient({ baseUrl, serviceId: '1', accessToken: 'token' });
  const timed = {
    async backchannelAuthenticationComplete(told, options) {
      const answer = await client.backchannelAuthenticationComplete(told, options);
      if (queue) answeredAt.set(jobId(told.ticket), performance.now());
      return answer;
    },
  };
  const completion = cibaCompletion({
    authlete: timed,
    handleKeys: keys,
    // What a worker's looks cost is measured by itself.
    ...(queue && { queue: timedQueue(queue, answeredAt), work: false }),
    notifications: { allow: () => true },
  });
  const decide = async ({ handle }) => {
    const { notification } = await completion.complete(handle, authorized());
    const { delivered, error } = await notification;
    if (!delivered) throw error;
  };
  /** What the endpoint stores with a transaction; it ends with the decision. */
  const issue = async (tickets) => {
    const times = { dueAt: Date.now() + 500_000, expiresAt: Date.now() + 600_000 };
    const row = { stage: 0, data: 'x'.repeat(400), ...times };
    await queue?.put(
      'endpoint',
      tickets.map((ticket) => ({ id: jobId(ticket), ...row })),
    );
  };
  return { decide, issue, idle: () => completion.idle() };
}

function timedQueue(queue, answeredAt) {
  return {
    ...queue,
    async put(owner, jobs) {
      const stored = await queue.put(owner, jobs);
      for (const { id } of jobs.filter(({ stage }) => stage === 2)) {
        const at = answeredAt.get(id);
        if (at !== undefined) windows.push(performance.now() - at);
        answeredAt.delete(id);
      }
      return stored;
    },
  };
}

/** As many decisions as there are, `concurrency` at a time; each after a pause of so many milliseconds on average. */
async function run({ decide, issue }, decisions, concurrency, pause) {
  const pending = Array.from({ length: decisions }, () => {
    const id = `${process.pid}-${++transactions}-0123456789012345678901234567890`;
    const issued = { id, subject: 'alice', clientId: '42', deliveryMode: 'PING', claimNames: [] };
    return { ticket: id, handle: seal({ ...issued, ticket: id, expiresAt: Date.now() + 600_000 }) };
  });
  await issue?.(pending.map(({ ticket }) => ticket));
  commits = 0;
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const decidedAt = [];
  const one = async () => {
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (pause) await new Promise((resolve) => setTimeout(resolve, 2 * pause * Math.random()));
      decidedAt.push([next.ticket, Number(process.hrtime.bigint()) / 1e6]);
      await decide(next);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpu: (user + system) / decisions, decidedAt };
}

const queues = {
  bare,
  memory: () => through(undefined),
  async postgres() {
    // Each statement is a transaction by itself.
    const sent = () => {
      commits += 1;
    };
    const pool = newPool(database, { query_timeout: 5_000, sent });
    await migrateQueue(pool);
    return through(postgresQueue(pool));
  },
};
const { decide, issue, idle } = await queues[kind]();
process.on('message', async ({ decisions, concurrency, pause }) => {
  windows = [];
  const result = await run({ decide, issue }, decisions, concurrency, pause);
  await idle?.();
  process.send({ ...result, windows, commits: commits / decisions });
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
