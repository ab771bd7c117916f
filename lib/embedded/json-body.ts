import type { IncomingMessage } from 'node:http';

/** A request whose body another middleware may have read already. */
export type RequestWithBody = IncomingMessage & { body?: unknown };

/** Most bytes of a body. */
const bodyLimit = 1_048_576;

/** Why a body was not taken. */
export class BodyError extends Error {
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string) {
    super(message);
    this.name = 'BodyError';
    this.status = status;
  }
}

/**
 * Reads a JSON object. Where a parser of the host has consumed the stream, its `req.body` is used.
 *
 * @throws BodyError when the body is too large, is cut short, or is not a JSON object
 */
export async function readJsonObject(req: RequestWithBody): Promise<Record<string, unknown>> {
  const body = req.readableDidRead ? req.body : await readText(req);
  const value = typeof body === 'string' || Buffer.isBuffer(body) ? parse(String(body)) : body;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BodyError(400, 'The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BodyError(400, 'The body is not JSON.');
  }
}

function readText(req: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const give = () => resolve(Buffer.concat(chunks).toString());
    const cutShort = () => reject(new BodyError(400, 'The body is cut short.'));
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bodyLimit) {
        chunks.push(chunk);
        return;
      }
      req.off('data', take).off('end', give).resume();
      reject(new BodyError(413, `The body is larger than ${bodyLimit} bytes.`));
    };
    req.on('data', take).on('end', give).on('error', cutShort).on('close', cutShort);
  });
}
