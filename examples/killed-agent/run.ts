/*
 * An agent whose process is killed twice, while it waits and just after the bank has paid. It asks once and pays once.
 *
 *     npm start               # the server and the phone, in one terminal
 *     npm run example:killed  # the agent and the bank, in another
 *
 * ISSUER (http://localhost:3000) may be set in the environment.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sharedStore } from './store.js';

const { ISSUER = 'http://localhost:3000' } = process.env;
const tell = (who: string, what: string) => console.log(`${who.padEnd(8)} ${what}`);

let agent: ChildProcess | undefined;
const paid = new Set<string>();
let calls = 0;
const bank = createServer((req, res) => {
  const key = String(req.headers['idempotency-key']);
  calls += 1;
  tell('bank', paid.has(key) ? 'has been asked before, and does not pay again' : 'pays 89.90 EUR');
  paid.add(key);
  if (calls === 1) return kill('after the bank has paid, before the agent gets the answer');
  res.writeHead(201).end();
}).listen(0, '127.0.0.1');
await once(bank, 'listening');

const environment = {
  ...process.env,
  ISSUER,
  BANK: `http://127.0.0.1:${(bank.address() as AddressInfo).port}`,
  INVOICE: `invoice-${randomUUID()}`,
  KEY: randomBytes(32).toString('base64url'),
};
const serve = sharedStore();

function kill(when: string): void {
  tell('run.ts', `kills the agent ${when}`);
  agent?.kill('SIGKILL');
}

/** Resolves when the process has ended, to its exit code. */
async function start(onTold: (told: string) => void = () => {}): Promise<number | null> {
  const started = fork(new URL('agent.ts', import.meta.url), { env: environment, execArgv: ['--import', 'tsx'] });
  agent = started;
  serve(started);
  started.on('message', ({ told }: { told?: string }) => {
    if (told === undefined) return;
    tell('agent', told);
    onTold(told);
  });
  const [code] = await once(started, 'exit');
  return code;
}

await start((told) => told.includes('waits') && kill('while it waits'));
tell('run.ts', `starts it again; approve at ${ISSUER}/simulator/`);
await start();
if (calls > 0) {
  tell('run.ts', 'starts it again');
  await start();
}
tell('run.ts', `payments: ${paid.size}`);
bank.closeAllConnections();
bank.close();
