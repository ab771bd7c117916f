/*
 * npm run bench:jobs: what a decision costs that must not be lost. Decisions to a ping client, through the package with the
 * queue in memory and in PostgreSQL, and as the two bare calls; and what looking for work costs while jobs wait.
 *
 * BENCH_ROUNDS (5) and BENCH_DECISIONS (1000 a round) may be set in the environment. PostgreSQL runs as it is installed:
 * every commit is on the disk.
 */

import type { ChildProcess } from 'node:child_process';
import { cpus } from 'node:os';
import { startPostgres } from '../spec/interop/postgres-server.js';
import { postgres as postgresInstalled } from '../spec/interop/requirements.js';
import { ask, killAll, start } from './processes.js';
import { median, percentile, spread } from './statistics.js';
import { withInternals } from './with-internals.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const decisions = Number(process.env.BENCH_DECISIONS ?? 1_000);
const concurrency = 16;

/**
 * `rows` is PostgreSQL without the package: what a decision has to store, one statement a row. `paced` are the bare calls at the
 * pace of `postgres`: work costs a process more that often waits than one that is always busy.
 */
type Kind = 'bare' | 'memory' | 'postgres' | 'rows' | 'paced';

/** What a process reports of a round. */
interface Round {
  seconds: number;
  /** Microseconds of CPU time for a decision. */
  cpu: number;
  /** By ticket, milliseconds. */
  decidedAt: [string, number][];
  /** Milliseconds from Authlete's answer to the commit of what follows. */
  windows: number[];
  /** Of a decision: two on the way of the answer, and one for the delivery. */
  commits: number;
}

interface Measured extends Round {
  /** Milliseconds from the decision, and from Authlete's answer, to the first attempt. */
  sinceDecision: number[];
  sinceAnswer: number[];
}

async function startDecider(kind: Kind, authlete: string, database?: string): Promise<ChildProcess> {
  const child = start(kind === 'rows' ? 'single-rows.js' : withInternals('decider.js'), {
    BENCH_DECIDER: JSON.stringify({ kind: kind === 'paced' ? 'bare' : kind, authlete, database }),
  });
  await ask(child);
  return child;
}

/** @param pause milliseconds before each decision, on average */
async function measure(
  child: ChildProcess,
  authlete: string,
  count: number,
  atOnce: number,
  pause = 0,
): Promise<Measured> {
  const round = await ask<Round>(child, { decisions: count, concurrency: atOnce, pause });
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
  /** Milliseconds that a decision took in the last round of a kind. */
  const took: Partial<Record<Kind, number>> = {};
  for (let round = -1; round < rounds; round += 1) {
    for (const [kind, child] of deciders) {
      const pause = kind === 'paced' ? Math.max(0, (took.postgres ?? 0) - (took.bare ?? 0)) : 0;
      const result = await measure(child, authlete, decisions, concurrency, pause);
      took[kind] = (result.seconds * 1_000 * concurrency) / decisions;
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
    if (kind !== 'rows')
      console.log(`          answer to first attempt: ${ms(all.flatMap(({ sinceAnswer }) => sinceAnswer))}`);
    const windows = all.flatMap((round) => round.windows);
    if (windows.length > 0) console.log(`          answer to its commit (the window): ${ms(windows)}`);
  }
}

async function latency(deciders: Map<Kind, ChildProcess>, authlete: string): Promise<void> {
  console.log('\nOne decision at a time\n');
  for (const [kind, child] of deciders) {
    if (kind === 'rows' || kind === 'paced') continue;
    const { sinceDecision, sinceAnswer, windows, commits } = await measure(child, authlete, decisions, 1);
    console.log(`${kind.padEnd(9)} decision to first attempt: ${ms(sinceDecision)}`);
    console.log(`          answer to first attempt:   ${ms(sinceAnswer)}`);
    if (windows.length > 0) console.log(`          the window:                ${ms(windows)}`);
    if (kind === 'postgres') console.log(`          commits of a decision:     ${commits.toFixed(2)}`);
    if (kind === 'postgres' && median(sinceAnswer) > 10) {
      console.log('          wanted: 10 ms at the median');
      process.exitCode = 1;
    }
  }
}

async function looks(database: string): Promise<void> {
  console.log('\nA look for work that finds none\n');
  const looker = start(withInternals('looker.js'), { BENCH_DATABASE: database });
  await ask(looker);
  const settings = [0, 10_000, 100_000].flatMap((waiting) => [
    { waiting, analyze: false },
    { waiting, analyze: true },
  ]);
  for (const setting of settings) {
    const { times, pages } = await ask<{ times: number[]; pages: number }>(looker, setting);
    const statistics = setting.analyze ? 'fresh' : 'old';
    console.log(
      `${String(setting.waiting).padStart(7)} waiting, ${statistics} statistics: ${ms(times)}, ${pages} pages`,
    );
  }
}

console.log(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`);
const { port } = await ask<{ port: number }>(start('decision-surroundings.js'));
const authlete = `http://127.0.0.1:${port}`;
const deciders = new Map<Kind, ChildProcess>([
  ['bare', await startDecider('bare', authlete)],
  ['memory', await startDecider('memory', authlete)],
]);
const postgres = postgresInstalled.installed ? await startPostgres({}) : undefined;
try {
  if (postgres) {
    deciders.set('postgres', await startDecider('postgres', authlete, postgres.url));
    deciders.set('rows', await startDecider('rows', authlete, postgres.url));
    deciders.set('paced', await startDecider('paced', authlete));
  } else console.log(`SKIPPED: everything with PostgreSQL, which needs ${postgresInstalled.howTo}`);
  await throughput(deciders, authlete);
  await latency(deciders, authlete);
  if (postgres) await looks(postgres.url);
} finally {
  killAll();
  await postgres?.remove();
}
