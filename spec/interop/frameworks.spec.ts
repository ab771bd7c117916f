import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { cibaRevocation } from 'ciba-backchannel';
import { migrateStore } from 'ciba-backchannel/postgres';
import express from 'express';
import type pg from 'pg';
import { cibaServer, secret } from '../support/ciba-server.js';
import { afterwards } from '../support/concurrently.js';
import { describeWith, type Requirement } from '../support/describe-with.js';
import { sectionsOf } from '../support/page-listings.js';
import { newPool } from './new-pool.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';
import { postgres } from './requirements.js';

const node22: Requirement = {
  installed: Number(process.versions.node.split('.')[0]) >= 22,
  howTo: 'Node 22 or later, as the package openai does',
};

const page = sectionsOf('docs/frameworks.md');

/** The model that a program of the page has, where it needs one. */
const models: Record<string, string> = { 'ai-sdk.ts': 'ai-sdk-model', 'openai-agents.ts': 'openai-agents-model' };

/** Calls a function that a program exports, and tells what it returned. */
const caller = `
const [name, ...args] = process.argv.slice(2);
const program = await import(process.env.PROGRAM);
const result = await program[name](...args.map((arg) => JSON.parse(arg)));
process.send({ result }, () => process.exit(0));
`;

const order = { payee: 'Railways', amount: '89.90' };
const paid = '89.90 paid to Railways.';

describeWith(postgres, 'docs/frameworks.md', () => {
  let database: PostgresServer;
  let pool: pg.Pool;
  let folder: string;

  beforeAll(async () => {
    database = await startPostgres();
    pool = newPool(database.url);
    await migrateStore(pool);
    await pool.query('CREATE TABLE chats (id text PRIMARY KEY, content jsonb)');
    await new PostgresSaver(pool).setup();
    // Where the packages are found that the page installs.
    folder = await mkdtemp('spec/interop/.frameworks-');
    await write('tsconfig.json', '{ "extends": "../tsconfig.json", "include": ["*/*.ts"] }');
    await write('caller.mjs', caller);
    const shared = [...(page.get('Ask and pay')?.files ?? [])];
    for (const [heading, { files }] of page) {
      if (heading === 'Ask and pay') continue;
      for (const [name, source] of files) {
        const model = models[name];
        const own = model ? [['model.ts', `export { model } from '../../frameworks/${model}.js';`] as const] : [];
        for (const [file, text] of [...shared, [name, source] as const, ...own]) {
          await write(join(programOf(name), file), text);
        }
      }
    }
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await pool.end();
    await database.remove();
  });

  async function write(name: string, text: string): Promise<void> {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }

  /** The server, the bank, and the environment of an agent. */
  async function surroundings() {
    const client = { authorization_details_types: ['payment'] };
    const server = await cibaServer({ held: true, client, engine: { endpoints: { revocation_endpoint: '/revoke' } } });
    server.app.use('/revoke', cibaRevocation({ authlete: server.authlete }));
    const payments: string[] = [];
    server.app.post('/payments', express.json(), (req, res) => {
      payments.push(`${req.headers['idempotency-key']}: ${req.body.amount} to ${req.body.payee}`);
      res.status(201).end();
    });
    const env = {
      ISSUER: server.issuer,
      BANK: server.issuer,
      CLIENT_SECRET: secret,
      APPROVAL_KEY: 'a key of the agents, of thirty-two characters',
      DATABASE_URL: database.url,
      OPENAI_AGENTS_DISABLE_TRACING: '1',
      NODE_OPTIONS: '--import=tsx',
    };
    return { server, payments, env };
  }

  type Server = Awaited<ReturnType<typeof cibaServer>>;

  /** Resolves when the agent polls: it has stored the answer to its request. */
  async function polls({ prompted, polls }: Server): Promise<void> {
    await prompted;
    while (polls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  function start(env: NodeJS.ProcessEnv, file: string, name: string, ...args: unknown[]) {
    const child = fork(join(folder, 'caller.mjs'), [name, ...args.map((arg) => JSON.stringify(arg))], {
      env: { ...process.env, ...env, PROGRAM: `./${join(programOf(file), file)}` },
    });
    const exit = once(child, 'exit');
    const result = Promise.race([
      once(child, 'message').then(([message]) => message.result),
      exit.then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
    ]);
    result.catch(() => {});
    const kill = async () => {
      child.kill('SIGKILL');
      await exit;
    };
    afterwards(kill);
    return { result, kill };
  }

  /** Calls the program, kills it while the user reads, and calls it again. */
  async function killed(file: string, name: string, first: unknown[], again: unknown[]) {
    const { server, payments, env } = await surroundings();
    const agent = start(env, file, name, ...first);
    await Promise.race([polls(server), agent.result]);
    await agent.kill();
    const next = start(env, file, name, ...again);
    server.approve();
    const result = await next.result;
    return { result, payments, prompts: server.prompts.length };
  }

  it('is right about types', async () => {
    await promisify(execFile)('node_modules/.bin/tsc', ['-p', folder]).catch(({ stdout }) => {
      throw new Error(stdout);
    });
  }, 180_000);

  it('AI SDK: goes on from the stored messages', async () => {
    const outcome = await killed('ai-sdk.ts', 'answer', ['trip', 'Pay the railways'], ['trip']);
    expect(outcome).toEqual({ result: paid, payments: ['trip/call-1: 89.90 to Railways'], prompts: 1 });
  });

  describeWith(node22, 'OpenAI Agents', () => {
    it('goes on from the stored RunState', async () => {
      const outcome = await killed('openai-agents.ts', 'answer', ['tour', 'Pay the railways'], ['tour']);
      expect(outcome).toEqual({ result: paid, payments: ['tour/call-1: 89.90 to Railways'], prompts: 1 });
    });
  });

  it('LangGraph: goes on from the checkpoint', async () => {
    const outcome = await killed('langgraph.ts', 'settle', ['invoice-1', order], ['invoice-1', order]);
    expect(outcome).toEqual({ result: paid, payments: ['invoice-1: 89.90 to Railways'], prompts: 1 });
  });

  describe('MCP', () => {
    async function connect(env: Record<string, string>) {
      const agent = new Client({ name: 'agent', version: '1.0.0' });
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [join(folder, 'mcp', 'mcp.ts')],
        env,
      });
      await agent.connect(transport);
      afterwards(() => agent.close());
      const call = (invoice: string, signal?: AbortSignal) =>
        agent.callTool({ name: 'pay', arguments: order, _meta: { invoice } }, signal && { signal });
      return { call, kill: () => process.kill(transport.pid as number, 'SIGKILL') };
    }

    it('a call that is repeated after a restart asks nobody again', async () => {
      const { server, payments, env } = await surroundings();
      const agent = await connect(env);
      const call = agent.call('invoice-2');
      await Promise.race([polls(server), call]);
      agent.kill();
      await expect(call).rejects.toThrow();
      const next = await connect(env);
      server.approve();
      expect(await next.call('invoice-2')).toMatchObject({ content: [{ text: paid }] });
      expect(payments).toEqual(['invoice-2: 89.90 to Railways']);
      expect(server.prompts).toHaveLength(1);
    });

    it('a call that is cancelled is withdrawn', async () => {
      const { server, payments, env } = await surroundings();
      const agent = await connect(env);
      const cancelling = new AbortController();
      const call = agent.call('invoice-3', cancelling.signal);
      await Promise.race([polls(server), call]);
      cancelling.abort();
      await expect(call).rejects.toThrow();
      expect(await agent.call('invoice-3')).toMatchObject({ content: [{ text: 'Alice has not approved it.' }] });
      expect(payments).toEqual([]);
    });
  });
});

function programOf(file: string): string {
  return file.replace('.ts', '');
}
