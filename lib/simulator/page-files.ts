import type { PageFiles } from '../routers/page-files.js';
import { files } from './page/files.generated.js';

/** By the path below the mount path. */
export const pageFiles: PageFiles = new Map(
  [...files].map(([name, file]) => [name === 'index.html' ? '/' : `/${name}`, file]),
);
