import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/project.js';

/** A Redis server of one's own, at a free port of 127.0.0.1, that writes down all it is told. */
export interface RedisServer {
  readonly port: number;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ciba-redis-'));
  const port = await freePort();
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  options.push('--appendonly', 'yes', '--appendfsync', 'always');
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] });
  // A run that is cut off leaves no server behind.
  const killNow = () => void server.kill('SIGKILL');
  process.once('exit', killNow);
  await ready(server);
  return {
    port,
    async remove() {
      process.off('exit', killNow);
      const closed = once(server, 'close');
      server.kill('SIGKILL');
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ready(server: ChildProcess): Promise<void> {
  let log = '';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('close', () => reject(new Error(`Redis did not start:\n${log}`)));
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4096);
      if (/ready to accept connections/i.test(log)) resolve();
    });
  });
}
