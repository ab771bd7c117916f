/*
 * npm run bench:protect: CPU time of a request to a protected resource behind `protect()`, over that of one behind the bare
 * call `introspection`, in the same process.
 */

import { ask, cpuDuring, killAll, start, startSurroundings } from './processes.js';
import { spread } from './statistics.js';

const rounds = 7;
const slices = 10;
const requests = 1_000;
const names = ['bare', 'guarded'] as const;

async function main(): Promise<void> {
  const { authlete, drive } = await startSurroundings();
  const server = start('servers/resources.js', { AUTHLETE: authlete });
  const { port } = await ask<{ port: number }>(server);

  /** Microseconds of CPU time for a request. */
  async function measure(path: string): Promise<number> {
    return (await cpuDuring(server, () => drive(port, requests, path))) / requests;
  }

  async function round(): Promise<{ bare: number; guarded: number }> {
    const sum = { bare: 0, guarded: 0 };
    for (let slice = 0; slice < slices; slice++) {
      // They take turns, and take turns in being first.
      for (const name of slice % 2 === 0 ? names : names.toReversed()) sum[name] += await measure(`/${name}`);
    }
    return { bare: sum.bare / slices, guarded: sum.guarded / slices };
  }

  for (let i = 0; i < 3; i++) await round(); // until the code is warm
  const measured: Awaited<ReturnType<typeof round>>[] = [];
  while (measured.length < rounds) measured.push(await round());
  console.log(`Node.js ${process.version}, ${rounds} rounds of ${slices * requests} requests each\n`);
  const rows: [string, number[], digits: number][] = [
    ['the bare call', measured.map(({ bare }) => bare), 0],
    ['`protect()`', measured.map(({ guarded }) => guarded), 0],
    ['ratio (wanted: 1.1)', measured.map(({ bare, guarded }) => guarded / bare), 2],
  ];
  console.log('| CPU per request, µs: median (min-max) | |\n|---|---|');
  for (const [what, values, digits] of rows) console.log(`| ${what} | ${spread(values, digits)} |`);
}

try {
  await main();
} finally {
  killAll();
}
