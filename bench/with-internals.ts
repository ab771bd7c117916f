import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

/** Makes a program of a file of this folder that imports from `lib` what is not public, beside the package as it ships. */
export function withInternals(file: string): string {
  // As deep as `bench`, since these files find others by their own place.
  const outfile = `build/${file}`;
  buildSync({
    entryPoints: [`bench/${file}`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    tsconfigRaw: {},
    logLevel: 'error',
  });
  return pathToFileURL(outfile).href;
}
