import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { newProject, type Project } from '../support/project.js';
import { compilerOptions, moduleSystems } from '../support/typed-server.js';

/** What entries need that not everybody uses. */
const peers = ['@opentelemetry/api', '@simplewebauthn/server', 'openid-client'];

describe('the packed package, installed by npm', () => {
  let project: Project;

  beforeAll(async () => {
    project = await newProject();
    await project.install([
      'ciba-backchannel',
      'express',
      ...peers,
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
      await project.write(
        `${directory}/tsconfig.json`,
        JSON.stringify({ compilerOptions: options, files: ['server.ts'] }),
      );
      await project.run('npx', ['tsc', '-p', directory]);
    },
  );
});
