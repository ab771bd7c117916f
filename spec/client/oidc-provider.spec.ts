import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect } from '@jest/globals';
import { approvalsOf, request as asked, discover } from '../support/ciba-server.js';
import { afterwards, concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { serving } from '../support/serving.js';

async function provider(mode: 'poll' | 'ping', notifications: string): Promise<string> {
  const server = spawn(process.execPath, ['spec/support/oidc-provider-process.js'], {
    env: { ...process.env, MODE: mode, NOTIFICATIONS: notifications },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exit = once(server, 'exit');
  afterwards(async () => {
    server.kill();
    await exit;
  });
  for await (const line of createInterface(server.stdout)) if (line.startsWith('http')) return line;
  throw new Error('node-oidc-provider did not start');
}

describe('node-oidc-provider', () => {
  for (const mode of ['poll', 'ping'] as const) {
    concurrently(`gives the tokens, in ${mode} mode`, async () => {
      const { promise, resolve } = deferred<ReturnType<typeof approvalsOf>>();
      const { port } = await serving(async (req, res) => (await promise)(req, res));
      const config = await discover(await provider(mode, `http://127.0.0.1:${port}/`));
      const approvals = approvalsOf({ config, mode });
      resolve(approvals);
      await approvals.ask('invoice-1', asked);
      expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
      expect(await approvals.use('invoice-1', ({ claims }) => claims?.sub)).toBe('alice');
    });
  }
});
