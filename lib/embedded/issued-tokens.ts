import type { Property } from '../authlete/common-types.js';
import type { Engine } from './engine.js';
import type { Grant } from './grant.js';
import { signIdToken } from './id-token.js';
import { ProtocolError } from './protocol-error.js';
import { randomId } from './random-id.js';
import type { RefreshToken } from './tokens.js';

/** What the tokens of one issue are made with. */
export interface IssueOptions {
  /** Names; those of the grant, or fewer. */
  readonly scopes: readonly string[];
  /** The refresh token that was used: it is kept. */
  readonly refreshToken?: string;
  /** Of a push. */
  readonly authReqId?: string;
  /** The value that the access token shall have. */
  readonly accessToken?: string;
  /** Seconds. */
  readonly accessTokenDuration: number;
  /** Seconds. */
  readonly refreshTokenDuration: number;
  readonly properties: readonly Property[];
}

/** Tokens that the engine remembers, and the body that carries them to the client. */
export interface IssuedTokens {
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly accessTokenExpiresAt: number;
  readonly refreshToken?: string;
  /** Milliseconds since the epoch. */
  readonly refreshTokenExpiresAt?: number;
  readonly idToken?: string;
  /** JSON (RFC 6749, section 5.1). */
  readonly content: string;
}

/** Makes the tokens, and remembers them when all are made. */
export async function issueTokens(engine: Engine, grant: Grant, options: IssueOptions): Promise<IssuedTokens> {
  const now = engine.settings.now();
  const accessToken = options.accessToken ?? randomId();
  const accessTokenExpiresAt = now + options.accessTokenDuration * 1000;
  const kept = options.refreshToken === undefined ? undefined : engine.tokens.refresh.get(options.refreshToken);
  const refresh = kept ?? newRefreshToken(grant, options, now);
  const refreshToken = refresh && (options.refreshToken ?? randomId());
  const idToken = options.scopes.includes('openid')
    ? await signIdToken(engine, grant, {
        accessToken,
        push: options.authReqId === undefined ? undefined : { authReqId: options.authReqId, refreshToken },
      })
    : undefined;

  if (engine.tokens.access.get(accessToken) !== undefined) {
    throw new ProtocolError('E070201', 'server_error', 'the access token that the server chose is in use');
  }
  const { scopes, properties } = options;
  const stored =
    engine.tokens.access.set(accessToken, {
      grant,
      scopes,
      properties,
      refreshToken,
      expiresAt: accessTokenExpiresAt,
    }) &&
    (refreshToken === undefined || refresh === undefined || engine.tokens.refresh.set(refreshToken, refresh));
  if (!stored) {
    engine.tokens.access.delete(accessToken);
    throw new ProtocolError('E070101', 'server_error', 'the embedded engine is full');
  }
  return {
    accessToken,
    accessTokenExpiresAt,
    refreshToken,
    refreshTokenExpiresAt: refresh?.expiresAt,
    idToken,
    content: tokenResponse(options, { accessToken, refreshToken, idToken }),
  };
}

/** A refresh token is for those who asked for `offline_access` and got it (OpenID Connect Core 1.0, section 11). */
function newRefreshToken(grant: Grant, { refreshTokenDuration }: IssueOptions, now: number): RefreshToken | undefined {
  if (!grant.scopes.includes('offline_access')) return undefined;
  return { grant, expiresAt: now + refreshTokenDuration * 1000 };
}

function tokenResponse(
  options: IssueOptions,
  tokens: { accessToken: string; refreshToken?: string; idToken?: string },
): string {
  const shown = options.properties.filter(({ hidden }) => hidden !== true).map(({ key, value }) => [key, value]);
  return JSON.stringify({
    ...Object.fromEntries(shown),
    auth_req_id: options.authReqId,
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_in: options.accessTokenDuration,
    refresh_token: tokens.refreshToken,
    scope: options.scopes.join(' '),
    id_token: tokens.idToken,
  });
}
