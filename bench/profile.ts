/*
 * npm run profile: where the CPU time of a benchmark's server goes, and where its garbage comes from.
 *
 *   npm run profile                   server e
 *   npm run profile -- d              another one
 *   npm run profile -- --without-hook
 *
 * The profiles land in bench/profiles, for the Performance and Memory panels of Chrome's developer tools.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ask, killAll, start, startSurroundings } from './processes.js';
import { type AllocationNode, allocated, type CpuProfile, cpuTime, type Share } from './shares.js';
import { subjects } from './subjects.js';

const requests = Number(process.env.BENCH_REQUESTS ?? 20_000);

const {
  positionals: [letter = 'e'],
  values: { 'without-hook': withoutHook },
} = parseArgs({ allowPositionals: true, options: { 'without-hook': { type: 'boolean' } } });

const subject = subjects.find((one) => one.letter === letter);

async function main(): Promise<void> {
  if (subject === undefined) throw new Error(`no server ${letter}: choose one of ${subjects.map((s) => s.letter)}`);
  const { authlete, drive } = await startSurroundings();
  const child = start(`servers/${subject.file}.js`, { AUTHLETE: authlete, ...(withoutHook && { HOOK: 'none' }) });
  const { port } = await ask<{ port: number }>(child);
  await drive(port, 6_000); // warm

  await ask(child, { profile: 'startCpu' });
  await drive(port, requests);
  const cpu = await ask<CpuProfile>(child, { profile: 'stopCpu' });

  await ask(child, { profile: 'startAllocations' });
  await drive(port, requests);
  const heap = await ask<{ head: AllocationNode }>(child, { profile: 'stopAllocations' });

  const folder = new URL('profiles/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL(`${letter}.cpuprofile`, folder), JSON.stringify(cpu));
  await writeFile(new URL(`${letter}.heapprofile`, folder), JSON.stringify(heap));

  print(`(${letter}) ${subject.title}: CPU time of a request, µs`, cpuTime(cpu));
  print('Allocated for a request, bytes', allocated(heap.head));
}

function print(title: string, { byFunction, byPlace }: Record<'byFunction' | 'byPlace', Share[]>): void {
  for (const [kind, shares, count] of [
    ['place', byPlace, 20],
    ['function', byFunction, 30],
  ] as const) {
    console.log(`\n${title}, by ${kind}`);
    for (const { name, value } of shares.slice(0, count)) {
      console.log(`${(value / requests).toFixed(2).padStart(10)}  ${name}`);
    }
  }
}

try {
  await main();
} finally {
  killAll();
}
