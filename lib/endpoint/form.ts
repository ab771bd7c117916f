import { isUtf8 } from 'node:buffer';
import { MIMEType } from 'node:util';
import { errorAnswer } from './answer.js';
import { badRequest, readBody, tooLarge } from './body.js';
import type { Exchange } from './exchange.js';
import { isRefusal, Refusal } from './refusal.js';
import type { Headers } from './request.js';

/**
 * Step 1 of every endpoint: the form. It stays unparsed, exactly as the client sent it, since Authlete judges it.
 *
 * @param maxBytes maximum size of the body, both before and after inflation
 */
export async function readForm(exchange: Exchange, maxBytes: number): Promise<string | Refusal> {
  const { request } = exchange;
  const refusal = refusedHeaders(request.headers);
  if (refusal) return refusal;

  const body = request.bodyConsumed ? request.consumedBody : await readBody(exchange, maxBytes);
  if (isRefusal(body)) return body;
  if (body === undefined || body.length === 0) return badRequest('the request has no body');
  if (Buffer.byteLength(body) > maxBytes) return tooLarge();
  if (typeof body === 'string') return body;
  // Latin-1 or UTF-16 would change on the way to Authlete.
  return isUtf8(body) ? body.toString() : badRequest('the body is not UTF-8');
}

function refusedHeaders(headers: Headers): Refusal | undefined {
  const { 'content-type': contentType, 'content-encoding': encoding } = headers;
  if (contentType !== 'application/x-www-form-urlencoded') {
    const type = parseContentType(contentType);
    if (type?.essence !== 'application/x-www-form-urlencoded') {
      return badRequest('the content type must be application/x-www-form-urlencoded');
    }
    const charset = type.params.get('charset')?.toLowerCase() ?? 'utf-8';
    if (charset !== 'utf-8' && charset !== 'us-ascii') return unsupported('the charset must be UTF-8');
  }
  // body-parser inflates zstd too, but only where Node does.
  if (encoding !== undefined && !/^(?:identity|gzip|deflate|br)$/i.test(String(encoding))) {
    return unsupported('the content encoding must be gzip, deflate or br');
  }
}

function parseContentType(value: unknown): MIMEType | undefined {
  try {
    return typeof value === 'string' ? new MIMEType(value) : undefined;
  } catch {
    return undefined;
  }
}

function unsupported(description: string): Refusal {
  return new Refusal(errorAnswer(415, 'invalid_request', description));
}
