// Jest's own runtime, except that Node loads the packages, once for all suites of a process. Jest would load each of
// them anew for each suite, which costs more than most suites do themselves.

import { createRequire } from 'node:module';
import './compile-once.js';
import Runtime from 'jest-runtime';

const { dependencies, devDependencies } = createRequire(import.meta.url)('../../package.json');

/** What jest has to load: itself, and what asks whether a promise is one of the suite's own realm (as `zod/v4` it need not). */
const loadedByJest = /jest|^zod$/;
const packages = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !loadedByJest.test(name));

export default class extends Runtime {
  constructor(config, environment, resolver, ...others) {
    if (!Object.hasOwn(resolver, 'isCoreModule')) {
      const { isCoreModule } = resolver;
      resolver.isCoreModule = (specifier) => isCoreModule.call(resolver, specifier) || isPackage(specifier);
    }
    super(config, environment, resolver, ...others);
    const provider = this.coreModule;
    const { require } = provider;
    provider.require = (specifier) => require.call(provider, isPackage(specifier) ? bare(specifier) : specifier);
  }
}

function isPackage(specifier) {
  const path = bare(specifier);
  return path === 'zod/v4' || packages.some((name) => path === name || path.startsWith(`${name}/`));
}

/** Where Node can require ECMAScript modules, jest writes `node:` before all that it takes for Node's own. */
function bare(specifier) {
  return specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
}
