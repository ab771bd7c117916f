import { expect, it } from '@jest/globals';
import { type Boss, postgresQueue } from 'ciba-backchannel/postgres';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const supported = major > 22 || (major === 22 && minor >= 12);

// What needs a database is in spec/interop.
it('postgresQueue says what it needs: a Node.js that pg-boss supports, and then a PgBoss', () => {
  const message = supported
    ? 'boss must be a PgBoss of pg-boss 12.38 or later: it has no method getDb()'
    : `postgresQueue needs Node.js 22.12 or later, as pg-boss does; this is ${process.versions.node}`;
  expect(() => postgresQueue({} as Boss)).toThrow(message);
});
