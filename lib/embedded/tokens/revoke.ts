import type { Engine } from '../state/engine.js';
import type { Grant } from '../state/grant.js';
import type { AccessToken, RefreshToken } from '../state/tokens.js';

/** Revokes an access token, and the refresh token that came with it; an older refresh token stays valid. */
export function revokeAccessToken({ tokens }: Engine, { key, refreshToken, refreshed }: AccessToken): void {
  tokens.access.delete(key);
  if (refreshToken !== undefined && !refreshed) tokens.refresh.delete(refreshToken);
}

/** Revokes a refresh token, and all access tokens of its grant (RFC 7009, section 2.1). */
export function revokeRefreshToken({ tokens }: Engine, { value, grant }: RefreshToken): void {
  tokens.refresh.delete(value);
  grant.revoked = true;
}

/**
 * Revokes all tokens of the grants that `isChosen` picks.
 *
 * @returns how many grants were revoked
 */
export function revokeGrants({ tokens }: Engine, isChosen: (grant: Grant) => boolean): number {
  const grants = new Set<Grant>();
  const all: Iterable<[string, AccessToken | RefreshToken]>[] = [tokens.access.entries(), tokens.refresh.entries()];
  for (const entries of all) {
    for (const [, { grant }] of entries) if (!grant.revoked && isChosen(grant)) grants.add(grant);
  }
  for (const grant of grants) grant.revoked = true;
  return grants.size;
}
