import { files as requestViewFiles } from '../request-view/page/files.generated.js';
import { files } from './page/files.generated.js';

/** What browsers load, by the path below the mount path. */
export type PageFiles = ReadonlyMap<string, { type: string; body: string | Buffer }>;

export const pageFiles: PageFiles = new Map(
  [...requestViewFiles, ...files].map(([name, file]) => [name === 'index.html' ? '/' : `/${name}`, file]),
);
