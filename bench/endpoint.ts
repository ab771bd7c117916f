/*
 * npm run bench:endpoint: CPU time and throughput of the backchannel authentication endpoint, this middleware against
 * others.
 *
 *   npm run bench:endpoint -- d b               some servers only
 *   npm run bench:endpoint -- --without-hook    no user is asked, and no ticket kept
 *   npm run bench:endpoint -- --without-handle  the hook does not read the handle, so nothing is sealed
 *   npm run bench:endpoint -- --sealed          a, b and c keep no tickets, but seal them for the phone as well
 *   npm run bench:endpoint -- --against ../old  d, e and f of another checkout (built) as well, in the same run
 *
 * BENCH_ROUNDS (7) and BENCH_REQUESTS (10,000 a round and server) may be set in the environment.
 */

import type { ChildProcess } from 'node:child_process';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ask, cpuDuring, killAll, start, startSurroundings } from './processes.js';
import { median, spread } from './statistics.js';
import { type Letter, subjects } from './subjects.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const requests = Number(process.env.BENCH_REQUESTS ?? 10_000);
/** A round is cut into slices that take turns, so that what else the machine does falls on all servers alike. */
const slices = 40;

const {
  positionals: wanted,
  values: { against, 'without-hook': withoutHook, 'without-handle': withoutHandle, sealed },
} = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string' },
    'without-hook': { type: 'boolean' },
    'without-handle': { type: 'boolean' },
    sealed: { type: 'boolean' },
  },
});

const hook = withoutHook ? 'none' : withoutHandle ? 'no-handle' : sealed ? 'sealed' : undefined;

/** A server, or, marked with an apostrophe, that of the other checkout. */
type Name = Letter | `${Letter}'`;

/** Ours, the other's, and what is wanted of the other's CPU time over ours. */
const comparisons: [Name, Name, number][] = [
  ['d', 'b', 1.1],
  ['e', 'a', 0.85],
  ['d', 'c', 5],
  ['f', 'g', 1.5],
  ['d', "d'", 1],
  ['e', "e'", 1],
  ['f', "f'", 1],
];

interface Sample {
  /** Microseconds of CPU time for a request, of all threads. */
  cpu: number;
  /** Requests a second. */
  rate: number;
}

interface Server {
  name: Name;
  title: string;
  child: ChildProcess;
  port: number;
  samples: Sample[];
}

async function main(): Promise<void> {
  const { authlete, connections, drive } = await startSurroundings();
  const servers: Server[] = [];

  async function add(name: Name, file: string, title: string, env: NodeJS.ProcessEnv = {}) {
    const child = start(`servers/${file}.js`, { AUTHLETE: authlete, ...(hook && { HOOK: hook }), ...env });
    const { port } = await ask<{ port: number }>(child);
    servers.push({ name, title, child, port, samples: [] });
  }

  for (const { letter, file, title, ours } of subjects) {
    if (wanted.length > 0 && !wanted.includes(letter)) continue;
    await add(letter, file, title);
    if (against && ours) await add(`${letter}'`, file, `${title}, in ${against}`, { PACKAGE: resolve(against) });
  }

  async function measure({ child, port }: Server, count: number): Promise<Sample> {
    let seconds = 0;
    const cpu = await cpuDuring(child, async () => {
      ({ seconds } = await drive(port, count));
    });
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
  report(servers, connections);
}

function mean(samples: Sample[]): Sample {
  const of = (pick: (sample: Sample) => number) => samples.reduce((sum, s) => sum + pick(s), 0) / samples.length;
  return { cpu: of(({ cpu }) => cpu), rate: 1 / of(({ rate }) => 1 / rate) };
}

function report(servers: Server[], connections: number): void {
  const [{ model } = { model: 'unknown' }] = cpus();
  console.log(`Node.js ${process.version}, ${cpus().length} x ${model}`);
  console.log(`${rounds} rounds of ${requests} requests on ${connections} connections, no failure\n`);

  console.log('| server | CPU per request, µs: median (min-max) | requests/s |\n|---|---|---|');
  for (const { name, title, samples } of servers) {
    const cpu = samples.map((sample) => sample.cpu);
    const rate = samples.map((sample) => sample.rate);
    console.log(`| (${name}) ${title} | ${spread(cpu, 0)} | ${Math.round(median(rate))} |`);
  }

  console.log('\n| speed | of all rounds together (least-largest of one) | wanted | |\n|---|---|---|---|');
  for (const [ours, others, least] of comparisons) {
    const [our, other] = [ours, others].map((name) => servers.find((server) => server.name === name)?.samples);
    if (!our || !other) continue;
    const ratios = our.map(({ cpu }, round) => (other[round] as Sample).cpu / cpu);
    const all = mean(other).cpu / mean(our).cpu;
    const range = `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
    const verdict = all >= least ? 'reached' : 'missed';
    console.log(`| ${ours} against ${others} | ${all.toFixed(2)} (${range}) | ${least} | ${verdict} |`);
  }
}

try {
  await main();
} finally {
  killAll();
}
