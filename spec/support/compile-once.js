// Jest compiles each module and its own files anew for each suite. V8 keeps what it has compiled, and takes it again; not of
// code with `import()`, which would ask the suite that it was compiled for first.

import vm from 'node:vm';

const { SourceTextModule, compileFunction } = vm;
/** What V8 made of a module or of a function's body, by the text; `undefined` where it is not kept. */
const modules = new Map();
const functions = new Map();
const isKept = (code) => !/\bimport\s*\(/.test(code);

vm.SourceTextModule = class extends SourceTextModule {
  constructor(code, options) {
    super(code, { ...options, cachedData: modules.get(code) });
    if (!modules.has(code)) modules.set(code, isKept(code) ? this.createCachedData() : undefined);
  }
};

vm.compileFunction = (code, parameters, options) => {
  const cachedData = functions.get(code);
  const produceCachedData = !functions.has(code) && isKept(code);
  const compiled = compileFunction(code, parameters, { ...options, cachedData, produceCachedData });
  if (!functions.has(code)) functions.set(code, compiled.cachedData);
  return compiled;
};
