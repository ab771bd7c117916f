import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** pg-boss as the specs have it, in `spec/interop/node_modules`. */
export async function startBoss(database) {
  const { resolve } = createRequire(new URL('../spec/interop/package.json', import.meta.url));
  const { PgBoss } = await import(pathToFileURL(resolve('pg-boss')).href);
  const boss = new PgBoss({ connectionString: database, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  return boss;
}
