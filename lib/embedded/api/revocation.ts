import type { RevocationRequest, RevocationResponse } from '../../authlete/types/revocation.js';
import { authenticateClient } from '../authentication/authenticate.js';
import type { Client } from '../client/client.js';
import { parseForm } from '../request/form.js';
import { ProtocolError, protocolError, refusal, result } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import { findAccessToken, findRefreshToken } from '../tokens/find.js';
import { revokeAccessToken, revokeRefreshToken } from '../tokens/revoke.js';

/** `/auth/revocation`: a client ends one of its tokens (RFC 7009). */
export async function revocation(engine: Engine, request: RevocationRequest): Promise<RevocationResponse> {
  try {
    const form = parseForm(request.parameters);
    const { client } = await authenticateClient(engine, request, form);
    if (form.problem !== undefined) throw new ProtocolError('E130301', 'invalid_request', form.problem);
    const value = form.values.get('token');
    if (value === undefined) throw new ProtocolError('E130302', 'invalid_request', 'token is missing');
    await revoke(engine, client, value);
    return { ...result('E130001', 'The token, if there was one, has been revoked.'), action: 'OK' };
  } catch (thrown) {
    const error = protocolError(thrown);
    return { ...refusal(error), action: actionOf(error) };
  }
}

/** An unknown token counts as revoked (RFC 7009, section 2.2); `token_type_hint` is not needed. */
async function revoke(engine: Engine, client: Client, value: string): Promise<void> {
  const accessToken = await findAccessToken(engine, value);
  const refreshToken = findRefreshToken(engine, value);
  const owner = (accessToken ?? refreshToken)?.grant.client ?? client;
  if (owner !== client) throw new ProtocolError('E130303', 'invalid_grant', 'token belongs to another client');
  if (accessToken !== undefined) revokeAccessToken(engine, accessToken);
  if (refreshToken !== undefined) revokeRefreshToken(engine, refreshToken);
}

function actionOf({ error }: ProtocolError): RevocationResponse['action'] {
  if (error === 'invalid_client') return 'INVALID_CLIENT';
  return error === 'server_error' ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
}
