import type { IncomingMessage, ServerResponse } from 'node:http';
import { expectContent, expectObject, resultOf, unknownAction } from '../authlete/expect.js';
import type { TokenResponse } from '../authlete/token.js';
import { type Answer, isAnswer, jsonAnswer, withAttestationChallenge, withHeader } from '../endpoint/answer.js';
import { parseBodyLimit } from '../endpoint/body-limit.js';
import { clientCertificateReader } from '../endpoint/certificate/client-certificate.js';
import { basicChallenge } from '../endpoint/challenge.js';
import { clientCredentials } from '../endpoint/credentials.js';
import { type Exit, serve } from '../endpoint/endpoint.js';
import type { Exchange } from '../endpoint/exchange.js';
import { formReader } from '../endpoint/form.js';
import { hookContext } from '../endpoint/hook-context.js';
import { guardedLogger } from '../telemetry/logger.js';
import { dpopOf } from './dpop.js';
import { type CibaTokenOptions, checkOptions } from './options.js';
import { answerOtherGrant } from './other-grant.js';

const api = 'token';

/** The middleware of the token endpoint, made by {@link cibaToken}. Never calls `next`. */
export type CibaToken = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;

/**
 * Makes the middleware of the token endpoint: step 10. It forwards every grant to Authlete, the CIBA grant among them,
 * under the same rules as the backchannel authentication endpoint.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see RFC 6749, section 3.2; CIBA Core 1.0, section 10.1; Authlete's `/auth/token` API
 * @example
 * ```ts
 * app.use('/token', cibaToken({ authlete }));
 * ```
 */
export function cibaToken<R extends IncomingMessage = IncomingMessage>(options: CibaTokenOptions<R>): CibaToken {
  checkOptions(options);
  const { authlete, otherGrant, htu, bodyLimit = '64kb', realm = 'CIBA', timeout = 10_000 } = options;
  const logger = guardedLogger(options.logger);
  const readForm = formReader(parseBodyLimit(bodyLimit));
  const readCertificate = clientCertificateReader(options.clientCertificate);
  const challenge = basicChallenge(realm);

  async function respond(req: R, exchange: Exchange): Promise<Exit> {
    const form = await readForm(req, exchange);
    if (typeof form !== 'string') return { answer: form };

    const credentials = clientCredentials(req, readCertificate);
    if (isAnswer(credentials)) return { answer: credentials };

    const call = authlete.token({ ...credentials, ...dpopOf(req, htu), parameters: form });
    const response = expectObject(await exchange.until(call), api);
    logger.debug('Authlete has judged a token request', resultOf(response));

    const answer = await answerOf(response, req, exchange);
    return { answer: withHeader(withAttestationChallenge(answer, response), 'DPoP-Nonce', response.dpopNonce) };
  }

  async function answerOf(response: TokenResponse, req: R, exchange: Exchange): Promise<Answer> {
    switch (response.action) {
      case 'OK':
      // A refresh worked and a new ID token could be made; whoever does not make one answers as ever.
      case 'ID_TOKEN_REISSUABLE':
        return jsonAnswer(200, expectContent(response, api));
      case 'BAD_REQUEST':
        return jsonAnswer(400, expectContent(response, api));
      case 'INVALID_CLIENT':
        return jsonAnswer(401, expectContent(response, api), { 'WWW-Authenticate': challenge });
      case 'INTERNAL_SERVER_ERROR':
        return jsonAnswer(500, expectContent(response, api));
      case 'PASSWORD':
      case 'TOKEN_EXCHANGE':
      case 'JWT_BEARER':
      case 'NATIVE_SSO':
        return answerOtherGrant(otherGrant, response, hookContext(req, exchange), exchange, logger);
      default:
        throw unknownAction(response, api);
    }
  }

  return (req, res) => {
    void serve(req, res, timeout, logger, (exchange) => respond(req as R, exchange));
  };
}
