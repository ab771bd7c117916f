/*
 * npm run bench:polls: what holding polls is good for, and what it costs: the time from the approval to the tokens, the
 * memory for each poll held, and the speed of the backchannel authentication endpoint meanwhile.
 *
 *   npm run bench:polls -- latency     one part only: latency, memory or speed
 */

import { holdings, memoryOfHeld, speedWhileHeld } from './polls/cost.js';
import { latencies } from './polls/latency.js';
import { killAll } from './processes.js';
import { median, percentile, spread } from './statistics.js';

const transactions = 400;
const held = heldAtOnce();
const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const requests = Number(process.env.BENCH_REQUESTS ?? 2_000);

const names = {
  nothing: 'nothing',
  bare: `${held} requests, by nothing but Node`,
  polls: `${held} polls`,
};

/** Connections are file descriptors: as many as this machine allows, and 10,000 at most. */
function heldAtOnce(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  const limit = Number(userLimits?.open_files?.soft);
  if (!(limit < 10_500)) return 10_000;
  console.log(`\`ulimit -n\` is ${limit}: fewer than 10,000 requests are held at once.\n`);
  return limit - 500;
}

async function latency(): Promise<void> {
  console.log('| from `complete()` to tokens, ms | p50 | p99 | wanted |\n|---|---|---|---|');
  for (const hold of [20_000, 0]) {
    const values = await latencies(transactions, hold);
    const [p50, p99] = [percentile(values, 0.5), percentile(values, 0.99)];
    const verdict = hold === 0 ? '' : `20 and 100: ${p50 < 20 && p99 < 100 ? 'reached' : 'missed'}`;
    console.log(`| ${hold ? 'polls held' : 'not held'} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${verdict} |`);
  }
}

async function memory(): Promise<void> {
  const bare = await memoryOfHeld(held, 3, true);
  const ours = await memoryOfHeld(held, 3, false);
  const more = median(ours) - median(bare);
  console.log(`\n| ${held} requests held, bytes for each | |\n|---|---|`);
  console.log(`| by a bare node:http server | ${spread(bare, 0)} |`);
  console.log(`| by cibaToken | ${spread(ours, 0)} |`);
  console.log(`| more | ${more.toFixed(0)}, wanted: under 3000: ${more < 3_000 ? 'reached' : 'missed'} |`);
}

async function speed(): Promise<void> {
  const results = await speedWhileHeld(held, rounds, requests);
  console.log(`\n| the endpoint while its process holds | CPU time per request, µs | speed |\n|---|---|---|`);
  for (const holding of holdings) {
    const cpu = results.map((result) => result[holding]);
    const speed = results.map((result) => result.nothing / result[holding]);
    console.log(`| ${names[holding]} | ${spread(cpu, 0)} | ${spread(speed, 2)} |`);
  }
  const ratios = results.map(({ bare, polls }) => bare / polls);
  console.log(`\nPolls against requests that nothing but Node holds: ${spread(ratios, 2)}`);
}

try {
  const wanted = process.argv[2];
  for (const part of [latency, memory, speed]) if (wanted === undefined || part.name === wanted) await part();
} finally {
  killAll();
}
