import type { TokenRevokeRequest, TokenRevokeResponse } from '../../authlete/types/token-revoke.js';
import { readString } from '../request/call-parameters.js';
import { protocolError, result } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import { identifiedAccessToken, identifiedRefreshToken } from '../tokens/find.js';
import { revokeAccessToken, revokeGrants, revokeRefreshToken } from '../tokens/revoke.js';

/** `/auth/token/revoke`: revokes one token, or all tokens of a client, of a subject, or of a subject with one client. */
export async function tokenRevoke(engine: Engine, request: TokenRevokeRequest): Promise<TokenRevokeResponse> {
  try {
    const count = await revoke(engine, request);
    return { ...result('E140001', 'The tokens have been revoked.'), count };
  } catch (thrown) {
    const error = protocolError(thrown);
    return { ...result(error.resultCode, error.message), count: 0 };
  }
}

/** How many were revoked; tokens of one grant count as one. */
async function revoke(engine: Engine, request: TokenRevokeRequest): Promise<number> {
  const accessTokenIdentifier = readString(request, 'accessTokenIdentifier');
  if (accessTokenIdentifier !== undefined) {
    const token = await identifiedAccessToken(engine, accessTokenIdentifier);
    if (token !== undefined) revokeAccessToken(engine, token);
    return Number(token !== undefined);
  }
  const refreshTokenIdentifier = readString(request, 'refreshTokenIdentifier');
  if (refreshTokenIdentifier !== undefined) {
    const token = identifiedRefreshToken(engine, refreshTokenIdentifier);
    if (token !== undefined) revokeRefreshToken(engine, token);
    return Number(token !== undefined);
  }
  return revokeAllOf(engine, readString(request, 'clientIdentifier'), readString(request, 'subject'));
}

function revokeAllOf(engine: Engine, clientIdentifier: string | undefined, subject: string | undefined): number {
  const client = clientIdentifier === undefined ? undefined : engine.clients.get(clientIdentifier);
  if (client === undefined && (clientIdentifier !== undefined || subject === undefined)) return 0;
  return revokeGrants(
    engine,
    (grant) => (client ?? grant.client) === grant.client && (subject ?? grant.subject) === grant.subject,
  );
}
