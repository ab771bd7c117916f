import { createHash } from 'node:crypto';
import type { Engine } from '../state/engine.js';
import type { ExpiringMap } from '../state/expiring-map.js';
import type { AccessToken, RefreshToken } from '../state/tokens.js';
import { accessTokenKey } from './jwt-access-token.js';

/** The access token that a client or a server presents: as the client got it, or as the server knows it. */
export async function findAccessToken(engine: Engine, value: string): Promise<AccessToken | undefined> {
  return living(engine, engine.tokens.access.get(await accessTokenKey(engine, value)));
}

export function findRefreshToken(engine: Engine, value: string): RefreshToken | undefined {
  return living(engine, engine.tokens.refresh.get(value));
}

/** The access token with an identifier of Authlete's API: the token itself, or its SHA-256. */
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

/** A token ends with its grant, and with its client. */
function living<T extends AccessToken | RefreshToken>({ clients }: Engine, token: T | undefined): T | undefined {
  if (token === undefined || token.grant.revoked) return undefined;
  return clients.get(token.grant.client.number) === token.grant.client ? token : undefined;
}
