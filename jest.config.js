import { availableParallelism } from 'node:os';

/** Jest's own reporter, and then what was skipped; `also` names what a whole run leaves out. */
export function reporters(also) {
  return ['default', 'summary', ['<rootDir>/spec/support/skipped-reporter.js', { also }]];
}

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/spec/support/environment.js',
  runtime: '<rootDir>/spec/support/runtime.js',
  setupFilesAfterEnv: ['<rootDir>/spec/support/quiet.ts', '<rootDir>/spec/support/with-undici-loaded.ts'],
  testSequencer: '<rootDir>/spec/support/sequencer.js',
  // Many specs wait, for timers and for processes of their own: two for each core keep it busy.
  maxWorkers: 2 * availableParallelism(),
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/spec/interop/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^ciba-backchannel$': '<rootDir>/lib/index.ts',
    // Holds each answer of the engine against the description of Authlete's API.
    '^ciba-backchannel/embedded$': '<rootDir>/spec/support/described-embedded.ts',
    '^ciba-backchannel/([a-z/]+)$': '<rootDir>/lib/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  // Types are `npm run typecheck`'s business.
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        // In files of their own, which are read when there is a stack to show.
        sourceMaps: true,
      },
    ],
  },
  reporters: reporters('npm run test:interop (other frameworks, databases and languages; see CONTRIBUTING.md)'),
  testTimeout: 15_000,
  // Specs that run concurrently wait rather than compute.
  maxConcurrency: 50,
};
