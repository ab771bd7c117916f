import { createHash } from 'node:crypto';
import type { Engine } from '../state/engine.js';
import type { ExpiringMap } from '../state/expiring-map.js';
import type { AccessToken, RefreshToken } from '../state/tokens.js';
import { accessTokenKey } from './jwt-access-token.js';

/** Finds an access token by its value, either the one that the client got or the one that the server knows. */
export async function findAccessToken(engine: Engine, value: string): Promise<AccessToken | undefined> {
  return living(engine, engine.tokens.access.get(await accessTokenKey(engine, value)));
}

export function findRefreshToken(engine: Engine, value: string): RefreshToken | undefined {
  return living(engine, engine.tokens.refresh.get(value));
}

/** Finds an access token by the identifier that Authlete's API uses: the token itself, or its SHA-256. */
export async function identifiedAccessToken(engine: Engine, identifier: string): Promise<AccessToken | undefined> {
  return (await findAccessToken(engine, identifier)) ?? hashed(engine, engine.tokens.access, identifier);
}

export function identifiedRefreshToken(engine: Engine, identifier: string): RefreshToken | undefined {
  return findRefreshToken(engine, identifier) ?? hashed(engine, engine.tokens.refresh, identifier);
}

function hashed<T extends AccessToken | RefreshToken>(engine: Engine, tokens: ExpiringMap<T>, hash: string) {
  for (const [key, token] of tokens.entries()) {
    if (key === hash || createHash('sha256').update(key).digest('base64url') === hash) return living(engine, token);
  }
  return undefined;
}

/** A token ends when its grant is revoked, or its client is removed. */
function living<T extends AccessToken | RefreshToken>({ clients }: Engine, token: T | undefined): T | undefined {
  if (token === undefined || token.grant.revoked) return undefined;
  return clients.get(token.grant.client.number) === token.grant.client ? token : undefined;
}
