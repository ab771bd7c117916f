import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/project.js';
import { postgresBin } from './requirements.js';
import { accepting } from './server-log.js';

/** A PostgreSQL server of one's own, in a temporary folder, at a free port of 127.0.0.1. */
export interface PostgresServer {
  /** Of the database `postgres`; the superuser `postgres` needs no password. */
  readonly url: string;
  /** As `systemctl stop` does it: connections are ended, what was committed is on the disk. */
  stop(): Promise<void>;
  /** As a power cut does it. */
  kill(): Promise<void>;
  /** After {@link stop} or {@link kill}: the same data at the same port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

/** The server refuses to run as root. */
export const serverOwner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** @param settings as in `postgresql.conf`; without syncing by default, which only an operating system that dies needs */
export async function startPostgres(settings: Record<string, string> = { fsync: 'off' }): Promise<PostgresServer> {
  if (postgresBin === undefined)
    throw new Error('no PostgreSQL found: guard the suite with describeWith(postgres, ...)');
  const bin = postgresBin;
  const folder = await mkdtemp(join(tmpdir(), 'ciba-postgres-'));
  if (serverOwner.uid !== undefined) await chown(folder, serverOwner.uid, serverOwner.gid);
  const data = join(folder, 'data');
  const initdb = ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--no-locale'];
  await promisify(execFile)(join(bin, 'initdb'), [...initdb, '--no-sync'], { ...serverOwner, cwd: folder });

  const port = await freePort();
  const options = [
    '-D',
    data,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
  ];
  for (const [name, value] of Object.entries(settings)) options.push('-c', `${name}=${value}`);
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    server = spawn(join(bin, 'postgres'), options, {
      ...serverOwner,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await accepting(server, server.stderr);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = server;
    server = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    // Not `exit`: after a kill its children hold the pipe, and the data, for a moment longer.
    const closed = once(ending, 'close');
    ending.kill(signal);
    await closed;
  }

  // A run that is cut off leaves no server behind.
  const killNow = () => void server?.kill('SIGKILL');
  process.once('exit', killNow);
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
    async remove() {
      process.off('exit', killNow);
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
