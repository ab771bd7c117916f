// A server of which thousands of requests are held: by `cibaToken`, or, with BARE set, by nothing but Node. Everything but
// the token endpoint is the backchannel authentication endpoint, as server e of the other benchmark has it.

import { createServer } from 'node:http';
import { cibaToken, decisionSignal, transactionId } from 'ciba-backchannel';
import { client, middleware } from '../servers/middleware.js';

const authlete = client();
const ciba = middleware(authlete);
const signal = decisionSignal();
const bare = new Set();
let arrived = 0;

/** Tells that a poll has come, which is held from then on. */
const counted = {
  ...bound(signal),
  timeLeft(id) {
    arrived += 1;
    return signal.timeLeft(id);
  },
};
const token = cibaToken({ authlete, longPolling: { signal: counted, hold: 28_000, maxHeld: 1e6 } });

function bound({ issued, decided, watch }) {
  return { issued: issued.bind(signal), decided: decided.bind(signal), watch: watch.bind(signal) };
}

function holdBare(req, res) {
  req.resume();
  req.on('end', () => {
    bare.add(res);
    arrived += 1;
  });
  res.on('close', () => bare.delete(res));
}

const server = createServer((req, res) => {
  if (req.url !== '/token') ciba(req, res);
  else if (process.env.BARE) holdBare(req, res);
  else token(req, res);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send({ port: server.address().port }));

async function memory() {
  for (let i = 0; i < 4; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const connections = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));

process.on('message', async ({ issue, held, noMemory }) => {
  if (issue) {
    arrived = 0;
    const expiresAt = Date.now() + 600_000;
    const id = (i) => transactionId(`auth-req-id-${i}-012345678901234567890`);
    if (!process.env.BARE) for (let i = 0; i < issue; i += 1) signal.issued(id(i), expiresAt);
  }
  while (held > 0 && arrived < held) await new Promise((resolve) => setTimeout(resolve, 20));
  while (held === 0 && (await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  process.send({ memory: noMemory ? 0 : await memory(), cpu: process.cpuUsage() });
});
process.on('disconnect', () => process.exit());
