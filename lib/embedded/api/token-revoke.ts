import type { TokenRevokeRequest, TokenRevokeResponse } from '../../authlete/token-revoke.js';
import { result } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';

/** `/auth/token/revoke`: ends one access token, with its refresh token, or a refresh token. */
export async function tokenRevoke(engine: Engine, request: TokenRevokeRequest): Promise<TokenRevokeResponse> {
  const { access, refresh } = engine.tokens;
  const { accessTokenIdentifier = '', refreshTokenIdentifier = '' } = request;
  const token = access.get(accessTokenIdentifier);
  const revoked = token !== undefined || refresh.get(refreshTokenIdentifier) !== undefined;
  access.delete(accessTokenIdentifier);
  refresh.delete(token?.refreshToken ?? refreshTokenIdentifier);
  return { ...result('E140001', 'The tokens have been revoked.'), count: revoked ? 1 : 0 };
}
