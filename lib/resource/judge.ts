import { expectObject, unanswered } from '../authlete/client/expect.js';
import type { IntrospectionRequest, IntrospectionResponse } from '../authlete/types/introspection.js';
import { type Answer, errorAnswer, isHeaderValue } from '../endpoint/answer.js';
import { MalformedCertificateError } from '../endpoint/certificate/error.js';
import { failure, HostError } from '../endpoint/failure.js';
import type { EndpointRequest } from '../endpoint/request.js';
import { withTimeLimit } from '../time/time-limit.js';
import { type AccessToken, accessToken } from './access-token.js';
import type { CheckedOptions } from './options.js';
import { presentedToken } from './presented-token.js';
import { rememberedTokens } from './remembered-tokens.js';

/** The verdict on a request: it passes with its token, or gets an answer. */
export type Verdict = { token: AccessToken; dpopNonce?: string } | { answer: Answer };

const statuses: Readonly<Record<string, number>> = { BAD_REQUEST: 400, UNAUTHORIZED: 401, FORBIDDEN: 403 };

/** Creates the judge of requests. It never rejects, and lets nothing pass that Authlete has not approved. */
export function judge<R>(options: CheckedOptions<R>): (request: EndpointRequest<R>) => Promise<Verdict> {
  const { authlete, scopes, acrValues, maxAge, resources, dpopNonceRequired, challenge, timeout, logger } = options;
  const remembered = rememberedTokens(options.cache);
  const urlOf = publicUrl(options);

  async function introspect(request: IntrospectionRequest): Promise<IntrospectionResponse> {
    const late = () => unanswered('introspection', timeout);
    const answer = await withTimeLimit(timeout, () => authlete.introspection(request, { within: timeout }), late);
    return expectObject(answer, 'introspection');
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

  async function fits(token: AccessToken, request: EndpointRequest<R>): Promise<boolean> {
    const { authorizationDetails: covers } = options;
    if (covers === undefined) return true;
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
    const { dpop } = request.headers;
    if (scheme === 'DPoP' && typeof dpop !== 'string') {
      const headers = { 'WWW-Authenticate': 'DPoP error="invalid_dpop_proof"' };
      return { answer: errorAnswer(401, 'invalid_dpop_proof', undefined, headers) };
    }
    const clientCertificate = certificateOf(request);
    const proof = scheme === 'DPoP' ? { dpop: dpop as string, htm: request.method, htu: urlOf(request) } : undefined;
    const known = proof ? undefined : remembered?.find(token, clientCertificate);
    const answer = known
      ? undefined
      : await introspect({
          token,
          ...(scopes && { scopes }),
          ...(acrValues && { acrValues }),
          ...(maxAge !== undefined && { maxAge }),
          ...(resources && { resources }),
          ...(clientCertificate && { clientCertificate }),
          // Authlete refuses a bound token that is sent as a bearer token, since it comes without its proof (RFC 9449, 7.2).
          ...proof,
          ...(proof && dpopNonceRequired && { dpopNonceRequired }),
        });
    if (answer && answer.action !== 'OK') return { answer: refused(answer) };
    const judged = known ?? accessToken(answer as IntrospectionResponse);
    if (!proof && !known) remembered?.keep(token, clientCertificate, judged);
    if (!(await fits(judged, request))) return own(403, 'insufficient_authorization');
    const nonce = answer?.dpopNonce;
    return { token: judged, ...(isHeaderValue(nonce) && { dpopNonce: nonce }) };
  }

  return async (request) => {
    try {
      return await verdict(request);
    } catch (error) {
      if (error instanceof MalformedCertificateError)
        return { answer: errorAnswer(400, 'invalid_request', error.message) };
      return { answer: failure(error, logger).answer };
    }
  };
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
    logger.warn('DPoP: without the option htu any Host is believed; set it to the public URL', undefined, 'host');
    return request.url;
  };
}
