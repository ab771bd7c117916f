import { expectObject, unanswered } from '../authlete/client/expect.js';
import type { IntrospectionRequest, IntrospectionResponse } from '../authlete/types/introspection.js';
import { type Answer, errorAnswer, isHeaderValue } from '../endpoint/answer.js';
import { MalformedCertificateError } from '../endpoint/certificate/error.js';
import { failure, HostError } from '../endpoint/failure.js';
import type { EndpointRequest } from '../endpoint/request.js';
import { withTimeLimit } from '../time/time-limit.js';
import { type AccessToken, accessToken } from './access-token.js';
import type { CheckedOptions } from './options.js';
import { presentedToken, type SentToken } from './presented-token.js';
import { rememberedTokens } from './remembered-tokens.js';

/** The verdict on a request: it passes with its token, or gets an answer. */
export type Verdict = { token: AccessToken; dpopNonce: string | undefined } | { answer: Answer };

type Covers<R> = NonNullable<CheckedOptions<R>['authorizationDetails']>;

const statuses: Readonly<Record<string, number>> = { BAD_REQUEST: 400, UNAUTHORIZED: 401, FORBIDDEN: 403 };

/** Creates the judge of requests. It never rejects, and lets nothing pass that Authlete has not approved. */
export function judge<R>(options: CheckedOptions<R>): (request: EndpointRequest<R>) => Promise<Verdict> {
  const { authlete, dpopNonceRequired, challenge, timeout, logger } = options;
  const remembered = rememberedTokens(options.cache);
  const urlOf = publicUrl(options);
  const demands = (['scopes', 'acrValues', 'maxAge', 'resources'] as const).filter(
    (name) => options[name] !== undefined,
  );

  const lateError = () => unanswered('introspection', timeout);

  /** Members are set, not spread, since this runs for every request. */
  function asking(request: EndpointRequest<R>, { scheme, token }: SentToken, certificate: string | undefined) {
    const asked: IntrospectionRequest = { token };
    for (const name of demands) asked[name] = options[name] as never;
    if (certificate) asked.clientCertificate = certificate;
    // Authlete refuses a bound token that is sent as a bearer token, since it comes without its proof (RFC 9449, 7.2).
    if (scheme === 'Bearer') return asked;
    Object.assign(asked, { dpop: request.headers.dpop, htm: request.method, htu: urlOf(request) });
    if (dpopNonceRequired) asked.dpopNonceRequired = true;
    return asked;
  }

  /** Refusals are Authlete's, challenge included (RFC 6750, RFC 9449, RFC 9470). */
  function refused({ action, responseContent, dpopNonce }: IntrospectionResponse): Answer {
    const status = Object.hasOwn(statuses, action) ? (statuses[action] as number) : 500;
    if (status === 500) {
      logger.error('Authlete could not judge a token', { action });
      return errorAnswer(500, 'server_error');
    }
    const said = isHeaderValue(responseContent) ? responseContent : challenge;
    const error = /\berror="([\w.-]+)"/.exec(said)?.[1] ?? 'invalid_token';
    const headers = { 'WWW-Authenticate': said, ...(isHeaderValue(dpopNonce) && { 'DPoP-Nonce': dpopNonce }) };
    return errorAnswer(status, error, undefined, headers);
  }

  async function fits(covers: Covers<R>, token: AccessToken, request: EndpointRequest<R>): Promise<boolean> {
    try {
      const work = async () => covers(token.authorizationDetails, request.host);
      return (await withTimeLimit(timeout, work, () => new Error('it did not answer in time'))) === true;
    } catch (error) {
      logger.error('authorizationDetails failed', { error }, 'host');
      return false;
    }
  }

  const own = (status: number, error: string) =>
    ({
      answer: errorAnswer(status, error, undefined, { 'WWW-Authenticate': `${challenge}, error="${error}"` }),
    }) as const;

  function certificateOf(request: EndpointRequest<R>): string | undefined {
    try {
      return options.readCertificate(request)?.clientCertificate;
    } catch (error) {
      if (error instanceof MalformedCertificateError) throw error;
      throw new HostError('clientCertificate failed', { cause: error });
    }
  }

  async function verdict(request: EndpointRequest<R>): Promise<Verdict> {
    const presented = presentedToken(request);
    if ('problem' in presented) {
      if (presented.problem === 'request') return own(400, 'invalid_request');
      if (presented.problem === 'token') return own(401, 'invalid_token');
      // A request without a token only learns how to send one (RFC 6750, section 3.1).
      return { answer: errorAnswer(401, 'invalid_token', undefined, { 'WWW-Authenticate': challenge }) };
    }
    const { scheme, token } = presented;
    if (scheme === 'DPoP' && typeof request.headers.dpop !== 'string') {
      const headers = { 'WWW-Authenticate': 'DPoP error="invalid_dpop_proof"' };
      return { answer: errorAnswer(401, 'invalid_dpop_proof', undefined, headers) };
    }
    const clientCertificate = certificateOf(request);
    let judged = scheme === 'Bearer' ? remembered?.find(token, clientCertificate) : undefined;
    let dpopNonce: string | undefined;
    if (judged === undefined) {
      const introspection = asking(request, presented, clientCertificate);
      const call = () => authlete.introspection(introspection, { within: timeout });
      const answer = expectObject(await withTimeLimit(timeout, call, lateError), 'introspection');
      if (answer.action !== 'OK') return { answer: refused(answer) };
      judged = accessToken(answer);
      if (scheme === 'Bearer') remembered?.keep(token, clientCertificate, judged);
      if (isHeaderValue(answer.dpopNonce)) dpopNonce = answer.dpopNonce;
    }
    const { authorizationDetails: covers } = options;
    if (covers && !(await fits(covers, judged, request))) return own(403, 'insufficient_authorization');
    return { token: judged, dpopNonce };
  }

  function failed(error: unknown): Verdict {
    if (error instanceof MalformedCertificateError)
      return { answer: errorAnswer(400, 'invalid_request', error.message) };
    return { answer: failure(error, logger).answer };
  }

  return (request) => verdict(request).catch(failed);
}

function publicUrl<R>({ htu, logger }: CheckedOptions<R>): (request: EndpointRequest<R>) => string {
  if (typeof htu === 'function') {
    return ({ host }) => {
      try {
        return htu(host);
      } catch (error) {
        throw new HostError('htu failed', { cause: error });
      }
    };
  }
  if (htu !== undefined) {
    const origin = htu.replace(/\/$/, '');
    return (request) => origin + request.originalPath;
  }
  return (request) => {
    logger.warn('DPoP: without the option htu any Host header is trusted; set it to the public URL', undefined, 'host');
    return request.url;
  };
}
