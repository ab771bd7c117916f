// Jest's own environment, one `Date` for suites and packages, and an end to what its runner leaves behind.

import { AsyncLocalStorage } from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

// Express' router takes the promises of a suite's realm for strangers, and says so.
process.env.NO_DEPRECATION = 'router';

const { now } = Date;
/** See once-per-process.ts. */
const made = new Map();
const used = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...args) {
  used.add(this);
  return run.apply(this, args);
};

/**
 * jest-circus makes an `AsyncLocalStorage` for each file and never disables it. Before Node 24 each of them is one more
 * copy whenever a promise is made, so after a hundred files promises cost forty times what they cost in the first.
 */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    // Packages are loaded outside the suite's realm (see runtime.js) and have to see its dates as dates.
    this.global.Date = Date;
    this.global[Symbol.for('made once per process')] = made;
  }

  async teardown() {
    Date.now = now;
    for (const storage of used) storage.disable();
    used.clear();
    await super.teardown();
  }
}
