// The public names of the package, from the declarations that the build has made: for the scripts that list them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const root = join(import.meta.dirname, '..');

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The entries, the main one first: `{ name: 'ciba-backchannel/hints', file }`. */
const entries = Object.entries(exports)
  .filter(([, { types }]) => types)
  .map(([path, { types }]) => ({ name: join('ciba-backchannel', path), file: join(root, types) }));

const program = ts.createProgram(
  entries.map(({ file }) => file),
  { module: ts.ModuleKind.NodeNext, lib: ['lib.es2023.d.ts'], types: [] },
);
export const checker = program.getTypeChecker();

/** Each entry and its names in alphabetical order: `{ name, names: [{ name, symbol }] }`. */
export const publicTypes = entries.map(({ name, file }) => {
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build makes it`);
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const names = checker.getExportsOfModule(module).map((symbol) => ({ name: symbol.name, symbol: original(symbol) }));
  return { name, names: names.sort((a, b) => (a.name < b.name ? -1 : 1)) };
});

/** What a name stands for, through imports and exports. */
export function original(symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The package's own declarations of a name. */
export function declarationsOf(symbol) {
  const home = join(root, 'dist/');
  return (symbol.declarations ?? []).filter((each) => each.getSourceFile().fileName.startsWith(home));
}
