import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const root = process.cwd();
const lib = join(root, 'lib/');

/** What `tsc --init` gives a user, with the package by its sources. */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
  noEmit: true,
  paths: { 'ciba-backchannel': [join(root, 'lib/index.ts')], 'ciba-backchannel/*': [join(root, 'lib/*/index.ts')] },
};

/** The entries of the package, the main one first, and the file of each. */
export function packageEntries(): Map<string, string> {
  const rooms = readdirSync(lib).filter((room) => existsSync(join(lib, room, 'index.ts')));
  return new Map([
    ['ciba-backchannel', join(lib, 'index.ts')],
    ...rooms.map((room) => [`ciba-backchannel/${room}`, join(lib, room, 'index.ts')] as const),
  ]);
}

const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * A program of a user's. Programs share the files that are on the disk, as each of them has all of the package.
 *
 * @param modules files that are not on the disk, by their paths
 */
export function packageProgram(files: readonly string[], modules = new Map<string, string>()): ts.Program {
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, directoryExists, getSourceFile } = host;
  host.readFile = (file) => modules.get(file) ?? readFile(file);
  host.fileExists = (file) => modules.has(file) || fileExists(file);
  const folders = new Set([...modules.keys()].map(dirname));
  host.directoryExists = (folder) => folders.has(folder) || directoryExists?.(folder) === true;
  host.getSourceFile = (file, ...settings) => {
    if (modules.has(file)) return getSourceFile(file, ...settings);
    if (!parsed.has(file)) parsed.set(file, getSourceFile(file, ...settings));
    return parsed.get(file);
  };
  return ts.createProgram([...modules.keys(), ...files], options, host);
}
