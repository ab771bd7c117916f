import { type Answer, errorAnswer, jsonAnswer } from '../endpoint/answer.js';
import type { Exchange } from '../endpoint/exchange.js';
import { HostError } from '../endpoint/failure.js';
import { Interrupted } from '../endpoint/interrupted.js';
import type { Refusal } from '../endpoint/refusal.js';
import type { JudgedTokenRequest } from './judged-token-request.js';
import type { OtherGrant } from './options.js';

/** The result of a token request that was not refused. */
export interface TokenAnswer {
  answer: Answer;
}

/** Whether Authlete leaves the answer to the host. */
export function needsHost({ action }: JudgedTokenRequest): boolean {
  return action === 'PASSWORD' || action === 'TOKEN_EXCHANGE' || action === 'JWT_BEARER' || action === 'NATIVE_SSO';
}

/** The host answers a grant that Authlete cannot answer alone. */
export async function answerOtherGrant<R>(
  otherGrant: OtherGrant<R> | undefined,
  request: JudgedTokenRequest,
  exchange: Exchange<R>,
): Promise<TokenAnswer | Refusal> {
  try {
    const given = await exchange.until(otherGrant?.(request, exchange.context));
    if (given === undefined || given === null) return { answer: errorAnswer(400, 'unsupported_grant_type') };

    const { status, body, headers = {} } = given;
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new TypeError('otherGrant must return an HTTP status from 200 to 599');
    }
    if (typeof body !== 'string' && (typeof body !== 'object' || body === null)) {
      throw new TypeError('otherGrant must return a body that is an object or a string');
    }
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return { answer: jsonAnswer(status, text, ownHeaders(headers)) };
  } catch (error) {
    if (error instanceof Interrupted) return exchange.failure(error);
    return exchange.failure(new HostError('otherGrant failed', { cause: error }));
  }
}

/** The headers that every answer has, whatever the host says. */
const fixed: ReadonlySet<string> = new Set([
  'cache-control',
  'content-length',
  'content-type',
  'etag',
  'pragma',
  'transfer-encoding',
]);

/** @throws TypeError when one of them cannot be sent */
function ownHeaders(headers: Record<string, string>): Record<string, string> {
  // Not imported: an `import` of this module also loads all that Node's `fetch` and `WebSocket` need.
  const { validateHeaderName, validateHeaderValue } = process.getBuiltinModule('node:http');
  const own = Object.entries(headers).filter(([name]) => !fixed.has(name.toLowerCase()));
  for (const [name, value] of own) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  return Object.fromEntries(own);
}
