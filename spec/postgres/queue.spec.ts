import { describe, expect, it } from '@jest/globals';
import { migrateQueue, postgresQueue } from 'ciba-backchannel/postgres';

const pool = { connect: async () => {}, on() {} } as never;

// What needs a database is in spec/interop.
describe('postgresQueue', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'connect'],
    ['a URL', 'postgres://localhost', 'connect'],
    ['a client', { connect() {} }, 'on'],
  ])('refuses %s for a pool', async (_, wrong, method) => {
    const error = new TypeError(`pool must be a Pool of the package \`pg\`: it has no method ${method}()`);
    expect(() => postgresQueue(wrong as never)).toThrow(error);
    await expect(migrateQueue(wrong as never)).rejects.toThrow(error);
  });

  it.each<[object, string]>([
    [{ nam: 'x' }, 'postgresQueue has no option `nam`: did you mean `name`?'],
    [{ name: '' }, 'name must be a string that is not empty'],
    [{ schema: 'a b' }, 'schema must be the name of a schema: letters, digits and underscores'],
    [{ lease: 0 }, 'lease must be a number of milliseconds from 100 to 2147483647'],
    [{ concurrency: 1.5 }, 'concurrency must be a whole number above 0'],
    [{ logger: {} }, 'logger must have a method debug()'],
  ])('refuses %j', (options, message) => {
    expect(() => postgresQueue(pool, options)).toThrow(new TypeError(message));
  });
});
