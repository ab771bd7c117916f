import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { PageFile } from '../../routers/page-files.js';

/** Of the files that browsers have asked for; each is compressed once. */
const known = new WeakMap<PageFile, Buffer>();

/** A file as this browser takes it: compressed, unless it is a picture that is already. */
export function compressed(
  req: IncomingMessage,
  file: PageFile,
): { body: string | Buffer; headers: OutgoingHttpHeaders } {
  if (typeof file.body !== 'string') return { body: file.body, headers: {} };
  const headers = { Vary: 'Accept-Encoding' };
  if (!/\bgzip\b(?! *; *q=0(?:\.0*)? *(?:,|$))/i.test(String(req.headers['accept-encoding'] ?? '')))
    return { body: file.body, headers };
  let body = known.get(file);
  if (body === undefined) {
    body = gzipSync(file.body, { level: 9 });
    known.set(file, body);
  }
  return { body, headers: { ...headers, 'Content-Encoding': 'gzip' } };
}
