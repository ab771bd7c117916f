// Pages are written in lib/*/page/ as files that browsers would read as they are. Of each, main.js and style.css with all
// that they import become one file each, so that a phone on a slow network asks for little. A library that is imported,
// required or bundled cannot find files beside itself: each directory gets a module that holds them, files.generated.ts.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { buildSync } from 'esbuild';

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

for (const { name: room } of readdirSync(lib, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const directory = join(lib, room, 'page');
  if (!existsSync(join(directory, 'index.html'))) continue;
  const entries = readdirSync(directory)
    .sort()
    .filter((name) => name !== generated && !isPart(name))
    .map((name) => `  [${JSON.stringify(name)}, ${file(join(directory, name))}],\n`);
  writeIfChanged(
    join(directory, generated),
    `/** The files of this page, by their names. Written by scripts/embed-pages.js. */
export const files: ReadonlyMap<string, { type: string; body: string | Buffer }> = new Map([
${entries.join('')}]);
`,
  );
}

/** Whether a file is reached from `main.js`, `style.css` or a worker only. */
function isPart(name) {
  return /\.(?:js|css)$/.test(name) && !/^(?:main\.js|style\.css|.*-worker\.js)$/.test(name);
}

function file(path) {
  const extension = extname(path);
  if (extension in textTypes) return `{ type: '${textTypes[extension]}', body: ${JSON.stringify(text(path))} }`;
  if (extension in binaryTypes) {
    const bytes = readFileSync(path).toString('base64');
    return `{ type: '${binaryTypes[extension]}', body: Buffer.from('${bytes}', 'base64') }`;
  }
  throw new Error(`${path}: scripts/embed-pages.js knows no media type for ${extension}`);
}

function text(path) {
  if (!/\.(?:js|css)$/.test(path)) return readFileSync(path, 'utf8');
  const { outputFiles } = buildSync({
    entryPoints: [path],
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    // Service workers that are modules are newer than the phones that people have.
    format: path.endsWith('-worker.js') ? 'iife' : 'esm',
  });
  return outputFiles[0].text;
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
