import base, { reporters } from '../../jest.config.js';

/** What needs other software than npm's and Chromium: see CONTRIBUTING.md. */
export default {
  ...base,
  // The specs have packages of their own.
  runtime: undefined,
  rootDir: '../..',
  roots: ['<rootDir>/spec/interop'],
  testPathIgnorePatterns: ['/node_modules/'],
  reporters: reporters(),
  testTimeout: 60_000,
  // A database that many specs ask at once answers too late for their short leases.
  maxConcurrency: 1,
  maxWorkers: '100%',
};
