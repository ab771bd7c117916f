import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { wasConsumed } from '../endpoint/consumed-body.js';

/** A request whose body a parser of the host may have read already. */
export type RequestWithBody = IncomingMessage & { body?: unknown };

/** Why a body was refused: the HTTP status of the answer, and a sentence for the developer of the client. */
export class BodyError extends Error {
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string) {
    super(message);
    this.name = 'BodyError';
    this.status = status;
  }
}

/**
 * Reads a request's JSON object. If a parser of the host has consumed the body, the parser's result is used.
 *
 * @param maxBytes of a body that has not been consumed yet
 * @throws BodyError when the body is too large, is cut short, or is not a JSON object. A body that is too large is refused
 *   before all of it has come, so the answer should close the connection: {@link closeAfter}.
 */
export async function readJsonObject(req: RequestWithBody, maxBytes: number): Promise<Record<string, unknown>> {
  const body = wasConsumed(req) ? req.body : await readBytes(req, maxBytes);
  const value = typeof body === 'string' || Buffer.isBuffer(body) ? parse(body) : body;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BodyError(400, 'The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

function parse(body: string | Buffer): unknown {
  // RFC 8259, section 8.1.
  if (typeof body !== 'string' && !isUtf8(body)) throw new BodyError(400, 'The body is not UTF-8.');
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new BodyError(400, 'The body is not JSON.');
  }
}

/** @throws BodyError when the body is too large or is cut short */
export function readBytes(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = () => {
      // The rest is read and thrown away, so that a client that is still writing reads the answer.
      req.off('data', take).off('end', end).resume();
      reject(new BodyError(413, `The body is larger than ${maxBytes} bytes.`));
    };
    const take = (chunk: Buffer | string) => {
      length += Buffer.byteLength(chunk);
      if (length > maxBytes) refuse();
      else chunks.push(Buffer.from(chunk));
    };
    const end = () => resolve(Buffer.concat(chunks));
    const cutShort = () => reject(new BodyError(400, 'The body is cut short.'));

    // Nothing more is emitted on a request whose client has left.
    if (req.destroyed) cutShort();
    else if (Number(req.headers['content-length']) > maxBytes) refuse();
    else req.on('data', take).on('end', end).on('error', cutShort).on('close', cutShort);
  });
}

/** Closes the connection after the answer, without waiting for the rest of the body. */
export function closeAfter(res: ServerResponse): void {
  // HTTP/2 has no such header, and Node would warn of it (RFC 9113, section 8.2.2).
  if (res.req.httpVersionMajor < 2 && !res.headersSent) res.setHeader('Connection', 'close');
}
