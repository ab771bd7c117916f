import { compactVerify } from 'jose';
import type { Client } from './clients.js';
import type { Engine } from './engine.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Reads the `sub` of an ID token that the engine issued to this client; that it has expired does not matter (CIBA
 * Core 1.0, section 7.1).
 *
 * @throws ProtocolError `unknown_user_id`
 */
export async function subjectOfIdTokenHint({ settings, keys }: Engine, client: Client, hint: string): Promise<string> {
  const claims = await verifiedClaims(keys, hint);
  const audience = [claims.aud].flat();
  const isForClient =
    audience.includes(client.number) || (client.alias !== undefined && audience.includes(client.alias));
  if (claims.iss !== settings.issuer || !isForClient || typeof claims.sub !== 'string') {
    throw unknownUser('id_token_hint is not an ID token that this client got here');
  }
  return claims.sub;
}

async function verifiedClaims(keys: Engine['keys'], hint: string): Promise<Record<string, unknown>> {
  try {
    const { payload } = await compactVerify(hint, ({ alg, kid }) => {
      const key = keys.find((candidate) => candidate.kid === kid && candidate.alg === alg);
      if (key === undefined) throw new Error('the key is not ours');
      return key.publicKey;
    });
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    throw unknownUser('id_token_hint is not an ID token that was issued here');
  }
}

function unknownUser(description: string): ProtocolError {
  return new ProtocolError('E022301', 'unknown_user_id', description);
}
