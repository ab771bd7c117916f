/*
 * What `import 'ciba-backchannel'` costs, against `import 'express'` and undici, which is loaded later: each in a process of
 * its own, by turns.
 *
 *     npm run build && npm run bench:import
 */
import { execFileSync } from 'node:child_process';
import { median } from './statistics.js';

const names = ['ciba-backchannel', 'express', 'undici'];
const rounds = 15;

/** Milliseconds of CPU time, which other processes disturb less than time on the clock. */
function measure(name: string): number {
  const code = `const begun = process.cpuUsage(); await import('${name}');
    const { user, system } = process.cpuUsage(begun); console.log((user + system) / 1000)`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' }));
}

const times = new Map(names.map((name): [string, number[]] => [name, []]));
for (let round = 0; round < rounds; round += 1) for (const [name, taken] of times) taken.push(measure(name));
const express = median(times.get('express') ?? []);
for (const [name, taken] of times) {
  console.log(`${name.padEnd(18)} ${median(taken).toFixed(0)} ms, ${(median(taken) / express).toFixed(2)} of express`);
}
