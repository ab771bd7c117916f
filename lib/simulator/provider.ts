import { createHash } from 'node:crypto';
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Client } from './client.js';
import { formEncode, type RequestText, requestText, responseText } from './http-text.js';
import type { SimulatorEndpoints } from './options.js';

/** Milliseconds. */
const requestTimeout = 10_000;

/** What an endpoint of the provider answered. */
export interface ProviderAnswer {
  status: number;
  body: Record<string, unknown>;
  /** The whole answer, for developers. */
  text: string;
}

/** Called with each request as it is sent. */
export type OnSend = (request: RequestText) => void;

/** Values that came with the ID token and must be bound to it. */
export interface Companions {
  accessToken?: unknown;
  /** `auth_req_id` of a push, which its ID token must repeat. */
  authReqId?: string;
}

type Parameters = Readonly<Record<string, string>>;

/** The OpenID provider, as the consumption device's clients see it. */
export interface Provider {
  backchannelAuthentication(client: Client, parameters: Parameters, onSend: OnSend): Promise<ProviderAnswer>;
  token(client: Client, parameters: Parameters, onSend: OnSend): Promise<ProviderAnswer>;
  /**
   * @returns the claims of an ID token whose signature, issuer, audience and lifetime are right
   * @throws Error that says what is wrong with it
   */
  verifyIdToken(client: Client, idToken: string, companions: Companions): Promise<JWTPayload>;
}

/** @param signal ends what is under way */
export function provider(issuer: string, overrides: SimulatorEndpoints, signal: AbortSignal): Provider {
  let discovered: Promise<Record<string, unknown>> | undefined;
  let keys: JWTVerifyGetKey | undefined;

  async function endpoint(name: keyof SimulatorEndpoints): Promise<string> {
    const override = overrides[name];
    if (override !== undefined) return override;
    // A failure is not kept: the provider may be up the next time.
    discovered ??= discover(issuer, signal).catch((error) => {
      discovered = undefined;
      throw error;
    });
    const url = (await discovered)[name];
    if (typeof url !== 'string') throw new Error(`the provider's metadata has no ${name}`);
    return url;
  }

  return {
    async backchannelAuthentication(client, parameters, onSend) {
      const url = await endpoint('backchannel_authentication_endpoint');
      onSend(requestText(url, client, parameters));
      return postForm(url, client, parameters, signal);
    },
    async token(client, parameters, onSend) {
      const url = await endpoint('token_endpoint');
      onSend(requestText(url, client, parameters));
      return postForm(url, client, parameters, signal);
    },
    async verifyIdToken(client, idToken, companions) {
      keys ??= createRemoteJWKSet(new URL(await endpoint('jwks_uri')));
      const { payload, protectedHeader } = await jwtVerify(idToken, keys, { issuer, audience: client.id });
      checkCompanions(payload, protectedHeader.alg, companions);
      return payload;
    },
  };
}

/** OpenID Connect Discovery 1.0, section 4. */
async function discover(issuer: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { status, body } = await exchange(url, {}, signal);
  if (status !== 200) throw new Error(`the provider answered the request for its metadata with status ${status}`);
  if (body.issuer !== issuer) throw new Error(`the provider's metadata names another issuer than ${issuer}`);
  return body;
}

function postForm(url: string, client: Client, parameters: Parameters, signal: AbortSignal): Promise<ProviderAnswer> {
  const headers: Record<string, string> = {};
  const form = new URLSearchParams(parameters);
  if (client.authMethod === 'client_secret_post') {
    form.set('client_id', client.id);
    form.set('client_secret', client.secret);
  } else {
    // Both halves are form-encoded before base64 (RFC 6749, section 2.3.1).
    const credentials = `${formEncode(client.id)}:${formEncode(client.secret)}`;
    headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  return exchange(url, { method: 'POST', headers, body: form }, signal);
}

async function exchange(url: string, init: RequestInit, closed: AbortSignal): Promise<ProviderAnswer> {
  const signal = AbortSignal.any([closed, AbortSignal.timeout(requestTimeout)]);
  const response = await fetch(url, { ...init, redirect: 'error', signal });
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Error(`${new URL(url).pathname} answered with status ${response.status} and no JSON object`);
  }
  const { status, headers } = response;
  return { status, body: body as Record<string, unknown>, text: responseText(status, headers, body) };
}

/** Checks `at_hash`, if it is present, and the special claim of a push (CIBA Core 1.0, section 10.3.1). */
function checkCompanions(claims: JWTPayload, alg: string, { accessToken, authReqId }: Companions): void {
  const bits = /^(?:ES|PS|RS)(256|384|512)$/.exec(alg)?.[1];
  if (claims.at_hash !== undefined && bits !== undefined && typeof accessToken === 'string') {
    const digest = createHash(`sha${bits}`).update(accessToken, 'ascii').digest();
    const expected = digest.subarray(0, digest.length / 2).toString('base64url');
    if (claims.at_hash !== expected) throw new Error('at_hash does not match the access token');
  }
  if (authReqId !== undefined && claims['urn:openid:params:jwt:claim:auth_req_id'] !== authReqId) {
    throw new Error('the ID token belongs to another auth_req_id');
  }
}
