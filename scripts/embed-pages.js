// Pages are files that browsers read as they are: lib/*/page/. A library that is imported, required or bundled cannot
// find files beside itself, so each of those directories gets a module that holds them, files.generated.ts.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const lib = join(import.meta.dirname, '../lib');
const generated = 'files.generated.ts';
const textTypes = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};
const binaryTypes = { '.png': 'image/png' };

const rooms = readdirSync(lib, { withFileTypes: true }).filter((entry) => entry.isDirectory());
for (const { name: room } of rooms) {
  const directory = join(lib, room, 'page');
  const names = filesIn(directory).filter((name) => name !== generated);
  if (names.length === 0) continue;
  const entries = names.map((name) => `  [${JSON.stringify(name)}, ${file(directory, name)}],\n`);
  writeIfChanged(
    join(directory, generated),
    `/** The files of this directory, by their names. Written by scripts/embed-pages.js. */
export const files: ReadonlyMap<string, { type: string; body: string | Buffer }> = new Map([
${entries.join('')}]);
`,
  );
}

function filesIn(directory) {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function file(directory, name) {
  const extension = extname(name);
  const bytes = readFileSync(join(directory, name));
  if (extension in textTypes) {
    return `{ type: '${textTypes[extension]}', body: ${JSON.stringify(bytes.toString())} }`;
  }
  if (extension in binaryTypes) {
    return `{ type: '${binaryTypes[extension]}', body: Buffer.from('${bytes.toString('base64')}', 'base64') }`;
  }
  throw new Error(`${join(directory, name)}: scripts/embed-pages.js knows no media type for ${extension}`);
}

/** Nobody who watches files is woken for nothing. */
function writeIfChanged(path, text) {
  let before;
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    // It is written for the first time.
  }
  if (before !== text) writeFileSync(path, text);
}
