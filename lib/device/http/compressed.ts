import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { PageFile } from '../../routers/page-files.js';

/** Compressed bodies of the files that browsers have asked for, so that each is compressed only once. */
const known = new WeakMap<PageFile, Buffer>();

/** The body for this browser: compressed if it accepts that. Pictures are compressed already and stay as they are. */
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
