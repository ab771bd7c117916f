import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import type { TokenResponse } from '../authlete/token.js';
import { type Answer, errorAnswer, jsonAnswer } from '../endpoint/answer.js';
import { failureAnswer } from '../endpoint/endpoint.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { HookContext } from '../endpoint/hook-context.js';
import type { Logger } from '../telemetry/logger.js';
import type { OtherGrant } from './options.js';

/** Has the host answer a grant that Authlete cannot answer alone. */
export async function answerOtherGrant<R extends IncomingMessage>(
  otherGrant: OtherGrant<R> | undefined,
  response: TokenResponse,
  context: HookContext<R>,
  exchange: Exchange,
  logger: Logger,
): Promise<Answer> {
  try {
    const answer = await exchange.until(otherGrant?.(response, context));
    if (answer === undefined || answer === null) return errorAnswer(400, 'unsupported_grant_type');

    const { status, body, headers = {} } = answer;
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new TypeError('otherGrant must give an HTTP status from 200 to 599');
    }
    if (typeof body !== 'string' && (typeof body !== 'object' || body === null)) {
      throw new TypeError('otherGrant must give a body, an object or a text');
    }
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return jsonAnswer(status, text, ownHeaders(headers));
  } catch (error) {
    return failureAnswer(error, logger);
  }
}

/** What every answer has, whatever the host says. */
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
  const own = Object.entries(headers).filter(([name]) => !fixed.has(name.toLowerCase()));
  for (const [name, value] of own) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  return Object.fromEntries(own);
}
