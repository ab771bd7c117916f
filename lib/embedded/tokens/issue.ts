import { stringifyExactly } from '../../json/exact-json.js';
import { authorizationDetailsForJson } from '../request/authorization-details.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import type { Grant } from '../state/grant.js';
import { randomId } from '../state/random-id.js';
import type { AccessToken, RefreshToken } from '../state/tokens.js';
import { tokenType } from './binding.js';
import { makeIdToken } from './id-token.js';
import type { IssueOptions } from './issue-options.js';
import { accessTokenKey, signAccessToken } from './jwt-access-token.js';

/** Tokens that the engine remembers, and the body that carries them to the client. */
export interface IssuedTokens {
  /** The value that the server gets. */
  readonly accessToken: string;
  /** The value that the client gets, if it differs. */
  readonly jwtAccessToken?: string;
  /** Milliseconds since the epoch. */
  readonly accessTokenExpiresAt: number;
  readonly refreshToken?: string;
  /** Milliseconds since the epoch. */
  readonly refreshTokenExpiresAt?: number;
  readonly idToken?: string;
  /** JSON (RFC 6749, section 5.1). */
  readonly content: string;
}

/** Creates the tokens, and remembers them once all of them are made. */
export async function issueTokens(engine: Engine, grant: Grant, options: IssueOptions): Promise<IssuedTokens> {
  const accessToken = options.accessToken ?? randomId();
  const { accessTokenFormat } = engine.settings;
  const jwtAccessToken =
    accessTokenFormat === 'jwt' ? await signAccessToken(engine, grant, accessToken, options) : undefined;
  const refresh = refreshTokenFor(engine, grant, options);
  const refreshToken = refresh?.value;
  const idToken = options.scopes.includes('openid')
    ? await makeIdToken(engine, grant, {
        accessToken: jwtAccessToken ?? accessToken,
        push: options.authReqId === undefined ? undefined : { authReqId: options.authReqId, refreshToken },
      })
    : undefined;
  const { scopes, resources, authorizationDetails, properties, binding } = options;
  const expiresAt = engine.settings.now() + options.accessTokenDuration * 1000;
  const remembered = {
    key: await accessTokenKey(engine, accessToken),
    size: grant.size,
    grant,
    refreshed: refresh !== undefined && refresh === options.refreshToken,
    scopes,
    resources,
    authorizationDetails,
    properties,
    binding,
    refreshToken,
    expiresAt,
  };
  remember(engine, remembered, refresh);
  return {
    accessToken,
    jwtAccessToken,
    accessTokenExpiresAt: expiresAt,
    refreshToken,
    refreshTokenExpiresAt: refresh?.expiresAt,
    idToken,
    content: tokenResponse(options, { accessToken: jwtAccessToken ?? accessToken, refreshToken, idToken }),
  };
}

/** A refresh token, if the client asked for `offline_access` (OpenID Connect Core 1.0, section 11). */
function refreshTokenFor({ settings }: Engine, grant: Grant, options: IssueOptions): RefreshToken | undefined {
  if (options.refreshToken !== undefined && settings.refreshTokenKept) return options.refreshToken;
  if (!grant.scopes.includes('offline_access')) return undefined;
  return {
    size: grant.size,
    value: randomId(),
    grant,
    expiresAt: settings.now() + options.refreshTokenDuration * 1000,
  };
}

function remember({ tokens }: Engine, accessToken: AccessToken, refresh?: RefreshToken): void {
  const { key } = accessToken;
  if (tokens.access.get(key) !== undefined) {
    throw new ProtocolError('E070201', 'server_error', 'the access token that the server chose is in use');
  }
  if (tokens.access.set(key, accessToken)) {
    if (refresh === undefined || tokens.refresh.set(refresh.value, refresh)) return;
    tokens.access.delete(key);
  }
  throw new ProtocolError('E070101', 'server_error', 'the embedded engine is full');
}

function tokenResponse(
  options: IssueOptions,
  tokens: { accessToken: string; refreshToken?: string; idToken?: string },
): string {
  const shown = options.properties.filter(({ hidden }) => hidden !== true).map(({ key, value }) => [key, value]);
  return stringifyExactly({
    ...Object.fromEntries(shown),
    auth_req_id: options.authReqId,
    access_token: tokens.accessToken,
    token_type: tokenType(options.binding),
    expires_in: options.accessTokenDuration,
    refresh_token: tokens.refreshToken,
    scope: options.scopes.join(' '),
    id_token: tokens.idToken,
    authorization_details: authorizationDetailsForJson(options.authorizationDetails),
  });
}
