// Makes dist of what users get: a module for each entry, those that entries share in modules of their own, since Node takes
// longer to find and open a file than to run it; and the declarations that the entries lead to.
// TypeScript has written all declarations into build. Files stay as they are where nothing has changed: others may be
// reading them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { buildSync } from 'esbuild';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const [lib, build, dist] = ['lib', 'build', 'dist'].map((name) => join(root, name));
const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const made = new Map([...modules(), ...declarations()]);
for (const [path, text] of made) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
for (const path of filesOf(dist)) if (!made.has(path)) rmSync(path);

function modules() {
  const entries = [...Object.values(exports).flatMap((entry) => entry.default ?? []), ...Object.values(bin)];
  const { outputFiles } = buildSync({
    entryPoints: entries.map((path) => join(lib, relative('dist', path).replace(/js$/, 'ts'))),
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    tsconfig: join(lib, 'tsconfig.json'),
    target: 'es2022',
    legalComments: 'none',
    chunkNames: 'shared/[hash]',
    outbase: lib,
    outdir: dist,
    write: false,
  });
  return outputFiles.map(({ path, text }) => [path, text]);
}

function declarations() {
  const entries = Object.values(exports).flatMap(({ types }) => (types ? [join(build, relative('dist', types))] : []));
  const program = ts.createProgram(entries, { module: ts.ModuleKind.NodeNext, noLib: true, types: [] });
  const own = program.getSourceFiles().filter(({ fileName }) => !relative(build, fileName).startsWith('..'));
  return own.map(({ fileName, text }) => [join(dist, relative(build, fileName)), text]);
}

function filesOf(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
