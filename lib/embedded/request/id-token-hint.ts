import { type Client, clientIds } from '../client/client.js';
import { verifyOwnJwt } from '../settings/own-jwt.js';
import type { Engine } from '../state/engine.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Reads the `sub` of an ID token that the engine issued to this client; it may have expired (CIBA
 * Core 1.0, section 7.1).
 *
 * @throws ProtocolError `unknown_user_id`
 */
export async function subjectOfIdTokenHint({ settings, keys }: Engine, client: Client, hint: string): Promise<string> {
  const { header, claims } = (await verifyOwnJwt(keys, hint)) ?? {};
  if (header === undefined || claims === undefined || header.typ === 'at+jwt') {
    throw unknownUser('id_token_hint is not an ID token that was issued here');
  }
  const audience = [claims.aud].flat();
  const isForClient = clientIds(client).some((id) => audience.includes(id));
  if (claims.iss !== settings.issuer || !isForClient || typeof claims.sub !== 'string') {
    throw unknownUser('id_token_hint is not an ID token that was issued to this client here');
  }
  return claims.sub;
}

function unknownUser(description: string): ProtocolError {
  return new ProtocolError('E022301', 'unknown_user_id', description);
}
