import type { IncomingMessage } from 'node:http';
import type { TokenResponse } from '../authlete/token.js';
import type { Logger } from '../host/logger.js';
import { type Answer, errorAnswer, jsonAnswer } from '../request/answer.js';
import { failureAnswer } from '../request/endpoint.js';
import type { Exchange } from '../request/exchange.js';
import type { OtherGrant, OtherGrantContext } from './options.js';

/** Has the host answer a grant that Authlete cannot answer alone. */
export async function answerOtherGrant<R extends IncomingMessage>(
  otherGrant: OtherGrant<R> | undefined,
  response: TokenResponse,
  context: OtherGrantContext<R>,
  exchange: Exchange,
  logger: Logger,
): Promise<Answer> {
  try {
    const answer = await exchange.until(otherGrant?.(response, context));
    if (answer === undefined || answer === null) return errorAnswer(400, 'unsupported_grant_type');

    const { status, body, headers } = answer;
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new TypeError('otherGrant must give an HTTP status from 200 to 599');
    }
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    if (typeof text !== 'string') throw new TypeError('otherGrant must give a body');
    return jsonAnswer(status, text, headers);
  } catch (error) {
    return failureAnswer(error, logger);
  }
}
