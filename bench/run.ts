/*
 * npm run bench: CPU time and throughput of the backchannel authentication endpoint, this middleware against others.
 *
 * BENCH_ROUNDS (7) and BENCH_REQUESTS (2000 a round and server) may be set in the environment, and letters of servers
 * may be given: npm run bench -- d b
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { median, spread } from './statistics.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const requests = Number(process.env.BENCH_REQUESTS ?? 2_000);
/** A round is cut into slices that take turns, so that what else the machine does falls on all servers alike. */
const slices = 4;
const connections = 16;

const subjects = [
  ['a', 'a-node-http', 'hand-written node:http'],
  ['b', 'b-express', 'hand-written Express'],
  ['c', 'c-authlete-sdk', 'Express on @authlete/typescript-sdk'],
  ['d', 'd-middleware-express', 'this middleware on Express'],
  ['e', 'e-middleware-node-http', 'this middleware on node:http'],
  ['f', 'f-middleware-embedded', 'this middleware on the embedded engine'],
  ['g', 'g-oidc-provider', 'oidc-provider'],
] as const;

type Letter = (typeof subjects)[number][0];

/** Ours, the other's, and what is wanted of the other's CPU time over ours. */
const comparisons: [Letter, Letter, number][] = [
  ['d', 'b', 1.1],
  ['e', 'a', 0.85],
  ['d', 'c', 4],
  ['f', 'g', 1.5],
];

interface Sample {
  /** Microseconds of CPU time for a request. */
  cpu: number;
  /** Requests a second. */
  rate: number;
}

interface Server {
  letter: Letter;
  name: string;
  child: ChildProcess;
  port: number;
  samples: Sample[];
}

async function ask<T>(child: ChildProcess, message?: object): Promise<T> {
  if (message) child.send(message);
  const [answer] = await once(child, 'message');
  return answer as T;
}

/** Not with the loader of this file: the processes run plain JavaScript, and the package as it ships. */
function start(file: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = fork(new URL(file, import.meta.url), {
    execArgv: [],
    // oidc-provider has much to say about its defaults.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  children.add(child);
  return child;
}

const children = new Set<ChildProcess>();
const wanted = process.argv.slice(2);

async function main(): Promise<void> {
  const stub = start('stub-authlete.js');
  const { port: stubPort } = await ask<{ port: number }>(stub);
  const load = start('load.js');
  const drive = (port: number, count: number) =>
    ask<{ seconds: number; failures: number; example: string }>(load, { port, requests: count, connections });

  const servers: Server[] = [];
  for (const [letter, file, name] of subjects) {
    if (wanted.length > 0 && !wanted.includes(letter)) continue;
    const child = start(`servers/${file}.js`, { AUTHLETE: `http://127.0.0.1:${stubPort}` });
    const { port } = await ask<{ port: number }>(child);
    servers.push({ letter, name, child, port, samples: [] });
  }

  async function measure({ name, child, port }: Server, count: number): Promise<Sample> {
    const before = await ask<{ cpu: NodeJS.CpuUsage }>(child, {});
    const { seconds, failures, example } = await drive(port, count);
    const after = await ask<{ cpu: NodeJS.CpuUsage }>(child, {});
    if (failures > 0) throw new Error(`${name}: ${failures} of ${count} answers are wrong, such as\n${example}`);
    const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
    return { cpu: cpu / count, rate: count / seconds };
  }

  for (const server of servers) {
    await measure(server, 1); // that the answer is right
    await measure(server, 3 * requests); // and the code warm
  }
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another server, so that none always follows the same.
    const turns = servers.map((_, i) => servers[(round + i) % servers.length] as Server);
    const parts = new Map(turns.map((server) => [server, [] as Sample[]]));
    for (let slice = 0; slice < slices; slice++) {
      for (const server of turns) parts.get(server)?.push(await measure(server, requests / slices));
    }
    for (const [server, samples] of parts) server.samples.push(mean(samples));
  }
  report(servers);
}

function mean(samples: Sample[]): Sample {
  const of = (pick: (sample: Sample) => number) => samples.reduce((sum, s) => sum + pick(s), 0) / samples.length;
  return { cpu: of(({ cpu }) => cpu), rate: 1 / of(({ rate }) => 1 / rate) };
}

function report(servers: Server[]): void {
  const [{ model } = { model: 'unknown' }] = cpus();
  console.log(`Node.js ${process.version}, ${cpus().length} x ${model}`);
  console.log(`${rounds} rounds of ${requests} requests on ${connections} connections, no failure\n`);

  console.log('| server | CPU per request, µs: median (min-max) | requests/s |\n|---|---|---|');
  for (const { letter, name, samples } of servers) {
    const rate = Math.round(median(samples.map((sample) => sample.rate)));
    console.log(
      `| (${letter}) ${name} | ${spread(
        samples.map((sample) => sample.cpu),
        0,
      )} | ${rate} |`,
    );
  }

  console.log('\n| speed | median (min-max) | wanted | |\n|---|---|---|---|');
  for (const [ours, others, least] of comparisons) {
    const [our, other] = [ours, others].map((letter) => servers.find((server) => server.letter === letter)?.samples);
    if (!our || !other) continue;
    const ratios = our.map(({ cpu }, round) => (other[round] as Sample).cpu / cpu);
    const verdict = median(ratios) >= least ? 'reached' : 'missed';
    console.log(`| ${ours} against ${others} | ${spread(ratios, 2)} | ${least} | ${verdict} |`);
  }
}

try {
  await main();
} finally {
  for (const child of children) child.kill();
}
