import type { IncomingMessage } from 'node:http';
import type { ClientCredentials } from '../authlete/common-types.js';
import { resultOf } from '../authlete/expect.js';
import { authleteAnswer } from '../endpoint/authlete-answer.js';
import { doors, type EndpointHandler } from '../endpoint/doors.js';
import { endpoint } from '../endpoint/endpoint.js';
import type { Exchange } from '../endpoint/exchange.js';
import { isRefusal, type Refusal } from '../endpoint/refusal.js';
import { guardedLogger } from '../telemetry/logger.js';
import { dpopReader } from './dpop.js';
import { type CibaTokenOptions, checkOptions } from './options.js';
import { answerOtherGrant, needsHost, type TokenAnswer } from './other-grant.js';

/** The token endpoint, returned by {@link cibaToken}: middleware that never calls `next`, and `fetch`. */
export type CibaToken = EndpointHandler;

/**
 * Makes the token endpoint: step 10. It forwards every grant to Authlete, the CIBA grant among them, under the same rules
 * as the backchannel authentication endpoint.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see RFC 6749, section 3.2; CIBA Core 1.0, section 10.1; Authlete's `/auth/token` API
 * @example
 * ```ts
 * app.use('/token', cibaToken({ authlete }));
 * ```
 */
export function cibaToken<R extends object = IncomingMessage>(options: CibaTokenOptions<R>): CibaToken {
  checkOptions(options);
  const { authlete, otherGrant } = options;
  const logger = guardedLogger(options.logger);
  const readDpop = dpopReader(options.htu, logger);

  async function respond(
    exchange: Exchange<R>,
    form: string,
    credentials: ClientCredentials,
  ): Promise<TokenAnswer | Refusal> {
    const request = { ...credentials, ...readDpop(exchange.request), parameters: form };
    const response = await exchange.ask('token', () => authlete.token(request, exchange.callOptions));
    if (isRefusal(response)) return response;
    logger.debug('Authlete has judged a token request', () => resultOf(response, request));

    if (needsHost(response)) return answerOtherGrant(otherGrant, response, exchange);
    return { answer: authleteAnswer('token', response, exchange.challenge) };
  }

  return doors(endpoint(options, logger, { respond }), logger);
}
