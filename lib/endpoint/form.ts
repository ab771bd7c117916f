import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { MIMEType } from 'node:util';
import { raw } from 'body-parser';
import { type Answer, errorAnswer } from './answer.js';
import { consumedBody, wasConsumed } from './consumed-body.js';
import type { Exchange } from './exchange.js';

/** Step 1 of both endpoints; gives the form, or the answer that refuses the request. */
export type FormReader = (req: IncomingMessage, exchange: Exchange) => Promise<string | Answer>;

/**
 * Makes the reader of forms. They stay unparsed, exactly as the client sent them, since Authlete judges them.
 *
 * @param limit bytes, of the body as it comes and as it is after inflation
 */
export function formReader(limit: number): FormReader {
  const parser = raw({ limit, type: () => true });

  return async (req, exchange) => {
    const refusal = refusedHeaders(req);
    if (refusal) return refusal;

    const body = wasConsumed(req) ? consumedBody(req) : await readBody(req, parser, limit, exchange);
    if (body === undefined) return badRequest('the request has no body');
    if (typeof body === 'object' && !Buffer.isBuffer(body)) return body;
    if (body.length === 0) return badRequest('the request has no body');
    if (Buffer.byteLength(body) > limit) return tooLarge();
    if (typeof body === 'string') return body;
    // Latin-1 or UTF-16 would reach Authlete as something else than what the client sent.
    return isUtf8(body) ? body.toString() : badRequest('the body is not UTF-8');
  };
}

function refusedHeaders(req: IncomingMessage): Answer | undefined {
  const { 'content-type': contentType, 'content-encoding': encoding = 'identity' } = req.headers;
  if (contentType !== 'application/x-www-form-urlencoded') {
    const type = parseContentType(contentType);
    if (type?.essence !== 'application/x-www-form-urlencoded') {
      return badRequest('the content type must be application/x-www-form-urlencoded');
    }
    const charset = type.params.get('charset')?.toLowerCase() ?? 'utf-8';
    if (charset !== 'utf-8' && charset !== 'us-ascii') return unsupported('the charset must be UTF-8');
  }
  // body-parser inflates zstd too, but only where Node does.
  if (!/^(?:identity|gzip|deflate|br)$/i.test(encoding)) {
    return unsupported('the content encoding must be gzip, deflate or br');
  }
}

function parseContentType(value: string | undefined): MIMEType | undefined {
  try {
    return value === undefined ? undefined : new MIMEType(value);
  } catch {
    return undefined;
  }
}

async function readBody(
  req: IncomingMessage,
  parser: ReturnType<typeof raw>,
  limit: number,
  exchange: Exchange,
): Promise<Buffer | Answer | undefined> {
  if (Number(req.headers['content-length']) > limit) return drop(req, tooLarge());
  if (req.readableEncoding !== null) return badRequest('the body cannot be read');

  const body = new Promise<Buffer | Answer | undefined>((resolve) => {
    // A body of unknown length may never end, and body-parser would wait for the end before it said so.
    if (req.headers['content-length'] === undefined) {
      let received = 0;
      req.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > limit) resolve(drop(req, tooLarge()));
      });
    }
    const host = req as IncomingMessage & { body?: unknown };
    const before = host.body;
    parser(req, undefined as never, (error?: unknown) => {
      const { body } = host;
      // The form holds credentials: it is not left where the host's logging might find it.
      host.body = before;
      if (error !== undefined) resolve(unreadable(error));
      else resolve(Buffer.isBuffer(body) ? body : undefined);
    });
  });
  try {
    return await exchange.until(body);
  } catch {
    return drop(req, incomplete());
  }
}

/** The rest of the body is taken and thrown away, so that the client, still writing, gets to read the answer. */
function drop(req: IncomingMessage, answer: Answer): Answer {
  req.resume();
  return answer;
}

function unreadable(error: unknown): Answer {
  const { status } = error as { status?: number };
  return status === 413 ? tooLarge() : badRequest('the body cannot be read');
}

function badRequest(description: string): Answer {
  return errorAnswer(400, 'invalid_request', description);
}

function unsupported(description: string): Answer {
  return errorAnswer(415, 'invalid_request', description);
}

function tooLarge(): Answer {
  return errorAnswer(413, 'invalid_request', 'the body is too large', { Connection: 'close' });
}

function incomplete(): Answer {
  return errorAnswer(408, 'invalid_request', 'the body did not arrive in time', { Connection: 'close' });
}
