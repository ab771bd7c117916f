import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { sectionsOf } from '../support/page-listings.js';
import { newProject, type Project } from '../support/project.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const requiresModules = major > 24 || (major === 24 && minor >= 9);
const plain = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'server.test.js'];

describe("a host's tests, written as docs/testing.md shows them", () => {
  const page = sectionsOf('docs/testing.md');
  const { files = new Map<string, string>(), packages = [] } = page.get('An example, in CommonJS') ?? {};
  const vitest = page.get('vitest');
  const typed = page.get('TypeScript and ES modules');
  const phone = page.get('The phone, without a browser');
  const listing = (name: string) => files.get(name) ?? '';
  let project: Project;

  beforeAll(async () => {
    project = await newProject();
    const installed = [vitest, typed, phone].flatMap((section) => section?.packages ?? []);
    await project.install([...new Set(['ciba-backchannel', 'express', ...packages, ...installed])]);
    await project.write('server.test.js', listing('server.test.js'));
  }, 240_000);

  afterAll(() => project.remove());

  (requiresModules ? it : it.skip)('pass in jest that requires ES modules, which Node does from 24.9 on', async () => {
    await project.write('server.js', listing('server.js'));
    await project.run('node', plain);
  });

  it('pass in jest without a transform', async () => {
    await project.write('server.js', listing('server-without-babel.js'));
    await project.run('node', plain);
  });

  it('pass in vitest', async () => {
    await project.write('server.js', listing('server.js'));
    await project.write('server.vitest.test.mjs', vitest?.files.get('server.vitest.test.mjs') ?? '');
    await project.run('npx', ['vitest', 'run', 'server.vitest.test.mjs']);
  });

  describe('in TypeScript', () => {
    const source = (name: string) => typed?.files.get(name) ?? '';

    beforeAll(async () => {
      await project.write('typed/authorization-server.ts', source('authorization-server.ts'));
      await project.write('typed/server.test.ts', source('authorization-server.test.ts'));
      await project.write('typed/jest.server.test.ts', inJest(source('authorization-server.test.ts')));
      await project.write('typed/jest.config.mjs', source('jest.config.mjs'));
      await project.write('typed/phone.test.ts', phone?.files.get('phone.test.ts') ?? '');
      await project.write('typed/jest.phone.test.ts', inJest(phone?.files.get('phone.test.ts') ?? ''));
    });

    it('pass in vitest, with a phone that needs no browser', async () => {
      await project.run('npx', ['vitest', 'run', 'typed/server', 'typed/phone']);
    });

    it('pass in jest, as ES modules', async () => {
      const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'typed/jest.config.mjs'];
      await project.run('node', [...jest, 'jest.server', 'jest.phone']);
    });
  });

  it('pass in jest with babel', async () => {
    await project.write('server.js', listing('server.js'));
    await project.write('jest.config.js', listing('jest.config.js'));
    await project.run('npx', ['jest', 'server.test.js']);
  });
});

/** The change that the page asks for. */
function inJest(test: string): string {
  return test.replace("'vitest'", "'@jest/globals'");
}
