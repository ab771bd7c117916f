import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { resolve } = createRequire(new URL('../spec/interop/package.json', import.meta.url));
const { default: pg } = await import(pathToFileURL(resolve('pg')).href);

/** A pool of pg as the specs have it, in `spec/interop/node_modules`. @param sent told of each statement */
export function newPool(database, { sent, ...options } = {}) {
  const pool = new pg.Pool({ connectionString: database, ...options });
  if (sent) {
    pool.on('connect', (client) => {
      const query = client.query.bind(client);
      client.query = (...args) => {
        sent(args[0]);
        return query(...args);
      };
    });
  }
  return pool;
}
