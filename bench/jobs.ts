/*
 * npm run bench:jobs: what a decision costs that must not be lost. Decisions to a ping client, through the package with the
 * queue in memory and in PostgreSQL, and as the two bare calls.
 *
 * BENCH_ROUNDS (5) and BENCH_DECISIONS (1000 a round) may be set in the environment. PostgreSQL runs as it is installed:
 * every commit is on the disk.
 */

import type { ChildProcess } from 'node:child_process';
import { cpus } from 'node:os';
import { startPostgres } from '../spec/interop/postgres-server.js';
import { postgres as postgresServer } from '../spec/interop/requirements.js';
import { ask, killAll, start } from './processes.js';
import { median, percentile, spread } from './statistics.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const decisions = Number(process.env.BENCH_DECISIONS ?? 1_000);
const concurrency = 16;

type Kind = 'bare' | 'memory' | 'postgres';

/** What a process reports of a round. */
interface Round {
  seconds: number;
  /** Microseconds of CPU time for a decision. */
  cpu: number;
  /** By ticket, milliseconds. */
  decidedAt: [string, number][];
  /** Milliseconds from Authlete's answer to the commit of what follows. */
  windows: number[];
  /** Writes of a decision; those of one turn of the loop share a statement. */
  commits: number;
}

interface Measured extends Round {
  /** Milliseconds from the decision, and from Authlete's answer, to the first attempt. */
  sinceDecision: number[];
  sinceAnswer: number[];
}

async function startDecider(kind: Kind, authlete: string, database?: string): Promise<ChildProcess> {
  const child = start('decider.js', { BENCH_DECIDER: JSON.stringify({ kind, authlete, database }) });
  await ask(child);
  return child;
}

async function measure(child: ChildProcess, authlete: string, count: number, atOnce: number): Promise<Measured> {
  const round = await ask<Round>(child, { decisions: count, concurrency: atOnce });
  const response = await fetch(`${authlete}/times`);
  const times = new Map((await response.json()) as [string, { answered: number; pinged: number }][]);
  const sinceDecision = round.decidedAt.map(([ticket, at]) => (times.get(ticket)?.pinged ?? Number.NaN) - at);
  const sinceAnswer = [...times.values()].map(({ answered, pinged }) => pinged - answered);
  return { ...round, sinceDecision, sinceAnswer };
}

const ms = (values: number[]) =>
  `p50 ${percentile(values, 0.5).toFixed(1)}, p99 ${percentile(values, 0.99).toFixed(1)} ms`;

async function throughput(deciders: Map<Kind, ChildProcess>, authlete: string): Promise<void> {
  const measured = new Map<Kind, Measured[]>([...deciders.keys()].map((kind) => [kind, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [kind, child] of deciders) {
      const result = await measure(child, authlete, decisions, concurrency);
      // The first one is to get warm.
      if (round >= 0) measured.get(kind)?.push(result);
    }
  }
  console.log(`\n${rounds} rounds of ${decisions} decisions, ${concurrency} at a time; median (least-largest)\n`);
  const bare = measured.get('bare') as Measured[];
  for (const [kind, all] of measured) {
    const rates = all.map(({ seconds }) => decisions / seconds);
    const ratios = rates.map((rate, i) => rate / (decisions / (bare[i] as Measured).seconds));
    console.log(`${kind.padEnd(9)} ${spread(rates, 0)} decisions a second, ${spread(ratios, 2)} of the bare calls`);
    console.log(
      `          ${spread(
        all.map(({ cpu }) => cpu),
        0,
      )} µs of CPU time for each, in its process`,
    );
    console.log(`          answer to first attempt: ${ms(all.flatMap(({ sinceAnswer }) => sinceAnswer))}`);
    const windows = all.flatMap((round) => round.windows);
    if (windows.length > 0) console.log(`          answer to its commit (the window): ${ms(windows)}`);
  }
}

async function latency(deciders: Map<Kind, ChildProcess>, authlete: string): Promise<void> {
  console.log('\nOne decision at a time\n');
  for (const [kind, child] of deciders) {
    const { sinceDecision, sinceAnswer, windows, commits } = await measure(child, authlete, decisions, 1);
    console.log(`${kind.padEnd(9)} decision to first attempt: ${ms(sinceDecision)}`);
    console.log(`          answer to first attempt:   ${ms(sinceAnswer)}`);
    if (windows.length > 0) console.log(`          the window:                ${ms(windows)}`);
    if (kind === 'postgres') console.log(`          writes of a decision:      ${commits.toFixed(2)}`);
    if (kind === 'postgres' && median(sinceAnswer) > 10) {
      console.log('          wanted: 10 ms at the median');
      process.exitCode = 1;
    }
  }
}

console.log(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`);
const { port } = await ask<{ port: number }>(start('decision-surroundings.js'));
const authlete = `http://127.0.0.1:${port}`;
const deciders = new Map<Kind, ChildProcess>([
  ['bare', await startDecider('bare', authlete)],
  ['memory', await startDecider('memory', authlete)],
]);
const postgres = postgresServer.installed ? await startPostgres({}) : undefined;
try {
  if (postgres) deciders.set('postgres', await startDecider('postgres', authlete, postgres.url));
  else console.log(`SKIPPED: everything with PostgreSQL, which needs ${postgresServer.howTo}`);
  await throughput(deciders, authlete);
  await latency(deciders, authlete);
} finally {
  killAll();
  await postgres?.remove();
}
