/*
 * npm run bench:pending: what pending transactions cost. Memory for each whose `authenticate` hook waits for the user, and for
 * each of a ping client whose hook has said later(); and the speed of the endpoint in a process with 10,000 of both, in turns
 * with one that has none.
 *
 * BENCH_ROUNDS (60) may be set in the environment.
 */

import { ask, killAll, start } from './processes.js';

const pending = 10_000;
const requests = 500;
const rounds = Number(process.env.BENCH_ROUNDS ?? 60);
const wanted = { hook: 2000, later: 700 };

async function startEndpoint() {
  const child = start('pending-endpoint.js', {}, ['--expose-gc']);
  await ask(child);
  return { child, cpu: 0 };
}

const [none, both] = [await startEndpoint(), await startEndpoint()];
try {
  // A forced collection alone makes the requests after it dearer (by a quarter on Node.js 24): both processes have theirs.
  await ask(none.child, { pending: 0 });
  const bytes = await ask<typeof wanted>(both.child, { pending });
  // The first rounds are to get warm.
  for (let round = -10; round < rounds; round += 1) {
    for (const endpoint of [none, both]) {
      const { cpu } = await ask<{ cpu: number }>(endpoint.child, { requests });
      if (round >= 0) endpoint.cpu += cpu / rounds;
    }
  }
  console.log(`\nNode.js ${process.version}: ${pending} pending transactions of each kind, bytes of the heap for each`);
  console.log(`a hook that waits, polled:  ${Math.round(bytes.hook)} (wanted: under ${wanted.hook})`);
  console.log(`later(), of a ping client:  ${Math.round(bytes.later)} (wanted: under ${wanted.later})`);
  console.log(
    `A request, client included: ${none.cpu.toFixed(0)} µs of CPU with none pending, ${both.cpu.toFixed(0)} µs with both ` +
      `pending; speed ${(none.cpu / both.cpu).toFixed(2)}`,
  );
  if (bytes.hook >= wanted.hook || bytes.later >= wanted.later) process.exitCode = 1;
} finally {
  killAll();
}
