import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect } from '@jest/globals';
import { memoryStore, type RowStore } from 'ciba-backchannel/client';
import express from 'express';
import { keys, pay, request } from '../support/approval-request.js';
import { approvalsOf, discover } from '../support/ciba-server.js';
import { afterwards, concurrently } from '../support/concurrently.js';
import { program } from '../support/program.js';
import { serving } from '../support/serving.js';
import { stubProvider } from '../support/stub-provider.js';

/** What can happen at the server, the bank and the store, in this order. */
type Happening = 'insert' | 'asked' | 'answered' | 'replace' | 'polled' | 'tokens' | 'jwks' | 'pay' | 'paid';

interface Kill {
  name: string;
  mode?: 'poll' | 'ping';
  /** The agent is killed at the happening for which this returns true. */
  at(happening: Happening, before: readonly Happening[]): boolean;
  /** Whether what the agent did there takes effect all the same. */
  isDone: boolean;
  /** Whether the user has decided before. */
  decided?: boolean;
  state: 'used' | 'lost';
  asked: number;
  attempt?: number;
}

const kills: Kill[] = [
  { name: 'before the request leaves', at: (what) => what === 'insert', isDone: true, state: 'used', asked: 1 },
  { name: 'after the request left', at: (what) => what === 'asked', isDone: false, state: 'used', asked: 2 },
  {
    name: 'after the answer and before it is stored',
    at: (what, before) => what === 'replace' && before.includes('answered'),
    isDone: false,
    state: 'used',
    asked: 2,
  },
  { name: 'while polling', at: (what) => what === 'polled', isDone: false, state: 'used', asked: 1 },
  {
    name: 'after the ping and before the redemption',
    mode: 'ping',
    at: (what, before) => what === 'replace' && before.filter((each) => each === 'replace').length === 2,
    isDone: true,
    decided: true,
    state: 'used',
    asked: 1,
  },
  {
    name: 'after the tokens and before they are stored',
    at: (what, before) => what === 'replace' && before.includes('tokens'),
    isDone: false,
    decided: true,
    state: 'lost',
    asked: 1,
  },
  {
    name: 'after they are stored and before they are judged',
    at: (what) => what === 'jwks',
    isDone: false,
    decided: true,
    state: 'used',
    asked: 1,
  },
  {
    name: 'inside use(), before the bank has paid',
    at: (what) => what === 'pay',
    isDone: false,
    decided: true,
    state: 'used',
    asked: 1,
    attempt: 2,
  },
  {
    name: 'inside use(), after the bank has paid',
    at: (what) => what === 'paid',
    isDone: false,
    decided: true,
    state: 'used',
    asked: 1,
    attempt: 2,
  },
];

/** Server, phone, bank and store, which outlive the agent. */
async function surroundings({ at, isDone, decided = false }: Kill) {
  const happenings: Happening[] = [];
  const world = {
    agent: undefined as ChildProcess | undefined,
    decided,
    prompts: [] as string[],
    payments: [] as string[],
  };
  /** Kills the agent if its time has come. @returns whether what happens takes effect */
  function happens(what: Happening): boolean {
    const kills = world.agent !== undefined && at(what, happenings);
    happenings.push(what);
    if (!kills) return true;
    world.agent?.kill('SIGKILL');
    world.agent = undefined;
    return isDone;
  }

  const redeemed = new Set<string>();
  const provider = await stubProvider({
    backchannel(_req, res, defaults) {
      // The phone lets a second request of the same client take the first one's place.
      const id = `id-${provider.backchannelRequests.length}`;
      world.prompts = [id];
      if (happens('asked')) res.json({ ...defaults, auth_req_id: id });
      happens('answered');
    },
    async token(_n, req, res, tokens) {
      const id = req.body.auth_req_id;
      if (!happens('polled')) return;
      if (redeemed.has(id) || !world.prompts.includes(id)) return res.status(400).json({ error: 'invalid_grant' });
      if (!world.decided) return res.status(400).json({ error: 'authorization_pending' });
      redeemed.add(id);
      res.json(await tokens());
      happens('tokens');
    },
    jwks(res, set) {
      if (happens('jwks')) res.json(set);
    },
  });
  provider.app.post('/pay', (req, res) => {
    if (!happens('pay')) return;
    const key = String(req.headers['idempotency-key']);
    if (!world.payments.includes(key)) world.payments.push(key);
    if (happens('paid')) res.json({ paid: true });
  });

  const store = memoryStore();
  const app = express().use(express.json({ limit: '1mb' }));
  app.post('/', async (req, res) => {
    const { method, args } = req.body as { method: keyof RowStore; args: [{ kind?: string }] };
    const isChange = (method === 'insert' || method === 'replace') && args[0].kind === 'approval';
    if (isChange && !happens(method)) return;
    res.json({ result: await (store[method] as (...all: unknown[]) => unknown)(...args) });
  });
  const { port } = await serving(app);
  return { provider, store, world, storeUrl: `http://127.0.0.1:${port}/` };
}

async function start(env: Record<string, string>, world: { agent: ChildProcess | undefined }) {
  const agent = spawn(process.execPath, [program('spec/support/approval-process.ts')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  world.agent = agent;
  const exit = once(agent, 'exit');
  afterwards(async () => {
    agent.kill('SIGKILL');
    await exit;
  });
  // It may be killed before it has reported its port.
  const [port] = await Promise.race([once(createInterface(agent.stdout), 'line'), exit]);
  return { exit, port: Number(port) };
}

describe('An agent that is killed', () => {
  for (const kill of kills) {
    concurrently(
      kill.name,
      async () => {
        const { mode = 'poll' } = kill;
        const { provider, store, world, storeUrl } = await surroundings(kill);
        const env = { ISSUER: provider.issuer, STORE: storeUrl, MODE: mode };
        const { exit, port } = await start(env, world);
        if (mode === 'ping') await ping(port, provider.backchannelRequests);
        await exit;

        // Another process takes over: it asks again, as a host does after a crash.
        const config = await discover(provider.issuer);
        const approvals = approvalsOf({ config, mode, store, keys });
        world.decided = true;
        await approvals.ask('invoice-1', request);
        const outcome = await approvals.wait('invoice-1');
        if (kill.state === 'lost') {
          expect(outcome).toMatchObject({ state: 'lost', error: 'invalid_grant' });
          expect(world.payments).toEqual([]);
        } else {
          expect(await approvals.use('invoice-1', pay(provider.issuer))).toBe(kill.attempt ?? 1);
          expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'used' });
          expect(world.payments).toEqual(['invoice-1']);
        }
        expect(provider.backchannelRequests).toHaveLength(kill.asked);
        expect(world.prompts).toHaveLength(1);
      },
      60_000,
    );
  }
});

/** Sends the server's ping once the server has been asked. */
async function ping(port: number, requests: Record<string, string>[]): Promise<void> {
  while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const headers = {
    authorization: `Bearer ${requests[0]?.client_notification_token}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ auth_req_id: 'id-1' });
  await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body }).catch(() => {});
}
