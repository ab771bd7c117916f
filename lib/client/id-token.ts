import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { Configuration } from 'openid-client';
import { asymmetricAlgorithms } from '../jwt/algorithms.js';
import { checkClaims, isExpired } from '../jwt/claims.js';
import { JwtError } from '../jwt/error.js';
import { remoteKeys } from '../jwt/remote-keys.js';
import { verifyJwt } from '../jwt/verify.js';
import { jsonObject } from './answers.js';
import type { TokenResponse } from './record.js';
import type { Server } from './server.js';

/** Maximum age of an ID token by its `iat`, in seconds. */
const maxAge = 3600;
/** Seconds for which an ID token is still accepted after its `exp`. */
const leeway = 30;
/** Maximum length of an ID token, in characters. */
const maxLength = 100_000;

/** The tokens of a response that has been checked. */
export interface Tokens {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  readonly claims: JWTPayload | undefined;
  readonly authorizationDetails: unknown;
}

/** The response is not what the server must send. */
export class BadResponse extends Error {}

export function tokensOf({ body }: TokenResponse): Tokens {
  const json = jsonObject(body) ?? {};
  const text = (name: string) => {
    const value = json[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw new BadResponse(`the token response has a wrong ${name}`);
    return value;
  };
  const accessToken = text('access_token');
  const tokenType = text('token_type')?.toLowerCase();
  if (accessToken === undefined) throw new BadResponse('the token response has no access_token');
  if (tokenType !== 'bearer' && tokenType !== 'dpop') {
    throw new BadResponse('the token response has a token_type that is not known');
  }
  const idToken = text('id_token');
  return {
    accessToken,
    tokenType,
    refreshToken: text('refresh_token'),
    idToken,
    claims: idToken === undefined ? undefined : payloadOf(idToken),
    authorizationDetails: json.authorization_details,
  };
}

function payloadOf(jwt: string): JWTPayload | undefined {
  return jsonObject(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
}

/** Checks token responses, as of the time when they came. */
export type Judge = (response: TokenResponse, authReqId: string) => Promise<void>;

/** @param needsDpop whether tokens must be bound to a key */
export function judge(config: Configuration, server: Pick<Server, 'fetch'>, needsDpop: boolean): Judge {
  const provider = config.serverMetadata();
  const client = config.clientMetadata();
  const algorithms = algorithmsOf(
    client.id_token_signed_response_alg ?? provider.id_token_signing_alg_values_supported ?? 'RS256',
  );
  let keys: ReturnType<typeof remoteKeys> | undefined;

  /** @throws JwtError, or whatever the keys throw */
  async function judgeIdToken(idToken: string, tokens: Tokens, response: TokenResponse, authReqId: string) {
    const { jwks_uri: uri } = provider;
    if (uri === undefined) throw new JwtError('cannot be verified: the metadata have no jwks_uri');
    keys ??= remoteKeys(uri, { fetch: (url, options) => server.fetch(url, options as never) });
    const { claims } = await verifyJwt(idToken, { keys: keys.find, algorithms, maxLength });
    const now = response.at;
    checkClaims(claims, {
      issuer: [provider.issuer],
      audience: [client.client_id],
      required: ['iss', 'sub', 'aud', 'exp', 'iat'],
      now,
    });
    if ([claims.aud].flat().some((audience) => audience !== client.client_id)) {
      throw new JwtError('has other audiences in aud besides this client');
    }
    if (claims.azp !== undefined && claims.azp !== client.client_id) throw new JwtError('has a wrong azp');
    if (isExpired(claims, now, leeway)) throw new JwtError('has expired');
    if ((claims.iat as number) < now / 1000 - maxAge) throw new JwtError('has an iat that is too old');
    if (response.pushed) checkPush(claims, tokens, authReqId);
    else if (claims.at_hash !== undefined) checkHash(claims, 'at_hash', tokens.accessToken, algorithmOf(idToken));

    function checkPush(pushed: JWTPayload, { accessToken, refreshToken }: Tokens, id: string): void {
      const algorithm = algorithmOf(idToken);
      if (pushed['urn:openid:params:jwt:claim:auth_req_id'] !== id) throw new JwtError('has a wrong auth_req_id');
      checkHash(pushed, 'at_hash', accessToken, algorithm);
      if (refreshToken !== undefined) checkHash(pushed, 'urn:openid:params:jwt:claim:rt_hash', refreshToken, algorithm);
    }
  }

  return async (response, authReqId) => {
    const tokens = tokensOf(response);
    if (needsDpop && tokens.tokenType !== 'dpop') {
      throw new BadResponse('the access token is not bound to the DPoP key');
    }
    const { idToken } = tokens;
    if (idToken === undefined) {
      if (response.pushed) throw new BadResponse('the push has no id_token');
      return;
    }
    try {
      await judgeIdToken(idToken, tokens, response, authReqId);
    } catch (error) {
      if (error instanceof JwtError) throw new BadResponse(`the ID token ${error.message}`);
      throw error;
    }
  };
}

function algorithmsOf(announced: string | readonly string[]): string[] {
  return [announced].flat().filter((algorithm) => asymmetricAlgorithms.includes(algorithm));
}

/** OpenID Connect Core, section 3.1.3.6: the left half of the hash that belongs to the signature's algorithm. */
function checkHash(claims: JWTPayload, claim: string, token: string, algorithm: string): void {
  const size = /(256|384|512)$/.exec(algorithm)?.[1] ?? '512';
  const digest = createHash(`sha${size}`).update(token).digest();
  if (claims[claim] !== digest.subarray(0, digest.length / 2).toString('base64url')) {
    throw new JwtError(`has a wrong ${claim.replace(/.*:/, '')}`);
  }
}

function algorithmOf(jwt: string): string {
  return String(jsonObject(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString())?.alg);
}
