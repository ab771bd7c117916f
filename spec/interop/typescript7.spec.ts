import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { newProject, type Project } from '../support/project.js';
import { compilerOptions, moduleSystems } from '../support/typed-server.js';

/** What entries need that not everybody uses. */
const peers = ['@opentelemetry/api', '@simplewebauthn/server', 'openid-client'];

/** The pool of `pg` as its own types have it: `exactOptionalPropertyTypes` makes that stricter. */
const withPool = `
import { Pool } from 'pg';
import { cibaBackchannel } from 'ciba-backchannel';
import { cibaClient } from 'ciba-backchannel/client';
import { authenticationDevice } from 'ciba-backchannel/device';
import {
  migrateDeviceStore, migrateQueue, migrateStore, postgresDeviceStore, postgresQueue, postgresSignal, postgresStore,
} from 'ciba-backchannel/postgres';

const pool = new Pool({ query_timeout: 5_000 });
type Given<F extends (options: never) => unknown, K extends keyof Parameters<F>[0]> = Parameters<F>[0][K];
export const queue: Given<typeof cibaBackchannel, 'queue'> = postgresQueue(pool);
export const decided: Given<typeof cibaBackchannel, 'decided'> = postgresSignal(pool);
export const requests: Given<typeof authenticationDevice, 'store'> = postgresDeviceStore(pool);
export const approvals: Given<typeof cibaClient, 'store'> = postgresStore(new Pool());
export const migrations = [migrateQueue(pool), migrateStore(pool), migrateDeviceStore(pool)];`;

describe('the packed package, installed by npm', () => {
  let project: Project;

  beforeAll(async () => {
    project = await newProject();
    await project.install([
      'ciba-backchannel',
      'express',
      ...peers,
      'pg@8',
      '@types/pg@8',
      '@types/node@20',
      '@types/express@5',
      'typescript@7',
    ]);
  }, 180_000);

  afterAll(() => project.remove());

  it.each(moduleSystems)(
    'is compiled by a user with TypeScript 7, module $module, in a $type package',
    async ({ module, moduleResolution, type, source }) => {
      const directory = `${module}-${type}`;
      const options = { ...compilerOptions, module, moduleResolution };
      await project.write(`${directory}/package.json`, JSON.stringify({ private: true, type }));
      await project.write(`${directory}/server.ts`, source);
      await project.write(`${directory}/pool.ts`, withPool);
      await project.write(
        `${directory}/tsconfig.json`,
        JSON.stringify({ compilerOptions: options, files: ['server.ts', 'pool.ts'] }),
      );
      await project.run('npx', ['tsc', '-p', directory]);
    },
  );
});
