import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/project.js';
import { accepting } from './server-log.js';

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
  await accepting(server, server.stdout);
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
