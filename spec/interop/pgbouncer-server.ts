import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/project.js';
import { serverOwner } from './postgres-server.js';
import { accepting } from './server-log.js';

/** A PgBouncer of one's own in front of a server. */
export interface PgBouncer {
  readonly url: string;
  remove(): Promise<void>;
}

export async function startPgBouncer(server: string, mode: 'transaction' | 'session'): Promise<PgBouncer> {
  const { hostname, port: serverPort, username } = new URL(server);
  const folder = await mkdtemp(join(tmpdir(), 'ciba-pgbouncer-'));
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(
    file,
    `[databases]
* = host=${hostname} port=${serverPort} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
`,
  );
  if (serverOwner.uid !== undefined) await chown(folder, serverOwner.uid, serverOwner.gid);
  const bouncer = spawn('pgbouncer', [file], {
    ...serverOwner,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  // A run that is cut off leaves no server behind.
  const killNow = () => void bouncer.kill('SIGKILL');
  process.once('exit', killNow);
  await accepting(bouncer, bouncer.stderr);
  return {
    url: `postgres://${username}@127.0.0.1:${port}/postgres`,
    async remove() {
      process.off('exit', killNow);
      const closed = once(bouncer, 'close');
      bouncer.kill('SIGKILL');
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
