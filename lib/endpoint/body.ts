/// <reference path="./body-parser-raw.d.ts" />
import { PassThrough, type Readable } from 'node:stream';
import { errorAnswer } from './answer.js';
import type { Exchange } from './exchange.js';
import { HostError } from './failure.js';
import { isRefusal, Refusal } from './refusal.js';

/**
 * Reads the body of a request, and inflates it.
 *
 * @param maxBytes maximum size, both before and after inflation; a larger body is refused at once, not at its end
 */
export async function readBody(exchange: Exchange, maxBytes: number): Promise<Buffer | Refusal> {
  const { request } = exchange;
  const { 'content-length': length, 'content-encoding': encoding } = request.headers;
  if (Number(length) > maxBytes) return drop(tooLarge());
  if (request.body.readableEncoding !== null) return unreadable();
  const reading =
    encoding === undefined || String(encoding).toLowerCase() === 'identity'
      ? readPlain(request.body, maxBytes)
      : readEncoded(request.body, String(encoding), maxBytes);
  try {
    const body = await exchange.until(reading);
    if (isRefusal(body)) return drop(body);
    // The end of a stream that was reset looks like the end of its body.
    return request.isGone ? drop(incomplete()) : body;
  } catch (error) {
    if (error instanceof HostError) throw error;
    return drop(incomplete());
  }

  /** Lets a client that is still writing read the answer. */
  function drop(refusal: Refusal): Refusal {
    if (!request.body.readableEnded) request.dropBody();
    return refusal;
  }
}

// Almost every body is plain, and body-parser would take a tenth of a request's time.
function readPlain(body: Readable, maxBytes: number): Promise<Buffer | Refusal> {
  return new Promise((resolve) => {
    // The listeners live as long as the request, which may be held: at its end they let go of the body.
    let settle: ((result: Buffer | Refusal) => void) | undefined = resolve;
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let received = 0;
    body.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxBytes) settle?.(tooLarge());
      else if (first === undefined) first = chunk;
      else if (rest === undefined) rest = [first, chunk];
      else rest.push(chunk);
    });
    body.on('end', () => {
      settle?.(rest ? Buffer.concat(rest) : (first ?? Buffer.alloc(0)));
      settle = first = rest = undefined;
    });
    body.on('error', () => settle?.(unreadable()));
  });
}

function readEncoded(body: Readable, encoding: string, maxBytes: number): Promise<Buffer | Refusal> {
  return new Promise((resolve, reject) => {
    // A body of unknown length may never end, and body-parser would wait for its end before refusing it.
    let received = 0;
    body.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxBytes) done(tooLarge());
    });
    body.on('error', () => done(unreadable()));
    // Not the request itself: body-parser would put the form, which holds credentials, where the host may log it.
    const headers = { 'content-encoding': encoding, 'transfer-encoding': 'chunked' };
    const copy: PassThrough & { headers: object; body?: unknown } = Object.assign(new PassThrough(), { headers });
    const done = (result: Buffer | Refusal) => {
      body.unpipe(copy);
      copy.destroy();
      resolve(result);
    };
    body.pipe(copy, { end: false });
    // Loaded with the first encoded body: hardly any client sends one.
    import('body-parser/raw')
      .then(({ default: raw }) => {
        raw({ limit: maxBytes, type: () => true })(copy as never, undefined as never, (error?: unknown) => {
          if (error !== undefined) done((error as { status?: number }).status === 413 ? tooLarge() : unreadable());
          else done(Buffer.isBuffer(copy.body) ? copy.body : Buffer.alloc(0));
        });
        // Only now, because body-parser skips a stream that has already ended, as the body may have done meanwhile.
        if (body.readableEnded) copy.end();
        else body.on('end', () => copy.end());
      })
      .catch((cause) => reject(new HostError('body-parser cannot be loaded', { cause })));
  });
}

function unreadable(): Refusal {
  return badRequest('the body cannot be read');
}

export function badRequest(description: string): Refusal {
  return new Refusal(errorAnswer(400, 'invalid_request', description));
}

export function tooLarge(): Refusal {
  return new Refusal(errorAnswer(413, 'invalid_request', 'the body is too large', { Connection: 'close' }));
}

function incomplete(): Refusal {
  return new Refusal(errorAnswer(408, 'invalid_request', 'the body did not arrive in time', { Connection: 'close' }));
}
