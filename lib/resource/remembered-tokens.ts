import { createHash } from 'node:crypto';
import type { AccessToken } from './access-token.js';

/** Tokens that are remembered at the same time, at most; the oldest are forgotten first. */
const maxTokens = 10_000;

/** Good tokens, for some seconds. */
export interface RememberedTokens {
  find(token: string, certificate: string | undefined): AccessToken | undefined;
  keep(token: string, certificate: string | undefined, known: AccessToken): void;
}

/** @param seconds 0: nothing is remembered */
export function rememberedTokens(seconds: number): RememberedTokens | undefined {
  if (seconds === 0) return undefined;
  const known = new Map<string, { token: AccessToken; until: number }>();
  // A hash: memory dumps must not hold tokens. It includes the certificate with which the token was judged.
  const key = (token: string, certificate = '') =>
    createHash('sha256').update(`${token}\0${certificate}`).digest('base64url');

  return {
    find(token, certificate) {
      const found = known.get(key(token, certificate));
      return found && found.until > performance.now() && found.token.expiresAt.getTime() > Date.now()
        ? found.token
        : undefined;
    },
    keep(token, certificate, judged) {
      const name = key(token, certificate);
      known.delete(name);
      known.set(name, { token: judged, until: performance.now() + seconds * 1_000 });
      if (known.size <= maxTokens) return;
      const [oldest] = known.keys();
      known.delete(oldest as string);
    },
  };
}
