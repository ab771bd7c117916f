// Jest compiles each module and its own files anew for each suite. V8 keeps what it has compiled, and takes it again.

import vm from 'node:vm';

const { SourceTextModule, compileFunction } = vm;
/** What V8 made of a module or of a function's body, by the text. */
const modules = new Map();
const functions = new Map();

vm.SourceTextModule = class extends SourceTextModule {
  constructor(code, options) {
    super(code, { ...options, cachedData: modules.get(code) });
    if (!modules.has(code)) modules.set(code, this.createCachedData());
  }
};

vm.compileFunction = (code, parameters, options) => {
  const cachedData = functions.get(code);
  const compiled = compileFunction(code, parameters, { ...options, cachedData, produceCachedData: !cachedData });
  if (!cachedData) functions.set(code, compiled.cachedData);
  return compiled;
};
