// Writes lib/public-surface.txt: all public names and their types, without comments. It is committed, so that a change of
// what users of the package see stands in the change's own diff.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { checker, declarationsOf, original, publicTypes, root } from './public-types.js';

const printer = ts.createPrinter({ removeComments: true });
const written = new Map();
const lines = ['What the package exports, by entry. `npm run build` writes this file; CI compares it.'];

for (const entry of publicTypes) {
  lines.push('', `# ${entry.name}`, '');
  for (const { name, symbol } of entry.names) lines.push(...declared(name, symbol, entry.name));
}

// Types that have no public name of their own, and that others are made of.
lines.push('', '# not exported', '');
const reached = new Map();
for (const symbol of written.keys()) reach(symbol);
const byName = [...reached].sort(([a], [b]) => (a.name < b.name ? -1 : 1));
lines.push(...byName.map(([, text]) => text));
writeFileSync(join(root, 'lib/public-surface.txt'), `${lines.join('\n')}\n`);

function declared(name, symbol, entry) {
  const before = written.get(symbol);
  if (before) return [`${name}: see ${before}`];
  written.set(symbol, `${symbol.name} of ${entry}`);
  const alias = name === symbol.name ? [] : [`${name} is`];
  return [...alias, textOf(symbol)];
}

function textOf(symbol) {
  return declarationsOf(symbol).map(print).join('\n');
}

function print(node) {
  // A variable's statement is what says `const`.
  const whole = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return printer.printNode(ts.EmitHint.Unspecified, whole, node.getSourceFile()).replace(/^(?:export |declare )+/, '');
}

/** Has the declarations of what a symbol's declarations name. */
function reach(symbol) {
  for (const declaration of declarationsOf(symbol)) visit(declaration);
}

function visit(node) {
  if (ts.isIdentifier(node)) {
    const found = checker.getSymbolAtLocation(node);
    const symbol = found && original(found);
    const [declaration] = symbol ? declarationsOf(symbol) : [];
    if (declaration && isTopLevel(declaration) && !written.has(symbol) && !reached.has(symbol)) {
      reached.set(symbol, textOf(symbol));
      reach(symbol);
    }
  }
  ts.forEachChild(node, visit);
}

function isTopLevel(declaration) {
  return (
    (ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration).parent?.kind ===
    ts.SyntaxKind.SourceFile
  );
}
