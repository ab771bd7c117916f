// Jest's own runtime, except that Node loads the packages, once for all suites of a process. Jest would load each of
// them anew for each suite, which costs more than most suites do themselves.

import { createRequire } from 'node:module';
import Runtime from 'jest-runtime';

const { dependencies, devDependencies } = createRequire(import.meta.url)('../../package.json');

/** What jest has to load: itself, and what asks whether a promise is one of the suite's own realm. */
const loadedByJest = /jest|^zod$/;
const packages = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !loadedByJest.test(name));

export default class extends Runtime {
  constructor(config, environment, resolver, ...others) {
    if (!Object.hasOwn(resolver, 'isCoreModule')) {
      const { isCoreModule } = resolver;
      resolver.isCoreModule = (specifier) =>
        isCoreModule.call(resolver, specifier) ||
        packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
    }
    super(config, environment, resolver, ...others);
  }
}
