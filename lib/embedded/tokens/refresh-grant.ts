import type { AuthenticatedClient } from '../authentication/authenticate.js';
import type { Form } from '../request/form.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import type { Grant } from '../state/grant.js';
import type { RefreshToken } from '../state/tokens.js';
import { findRefreshToken } from './find.js';

/** A refresh token, and what the request asks for. */
export interface RefreshRequest {
  readonly refreshToken: RefreshToken;
  /** Names of the scopes: those of the grant, or fewer. */
  readonly scopes: readonly string[];
}

/**
 * Judges a token request of the refresh grant (RFC 6749, section 6).
 *
 * @throws ProtocolError with the error for the client
 */
export function judgeRefreshGrant(engine: Engine, { client }: AuthenticatedClient, form: Form): RefreshRequest {
  const value = form.values.get('refresh_token');
  if (value === undefined) throw new ProtocolError('E072301', 'invalid_request', 'refresh_token is missing');
  const refreshToken = findRefreshToken(engine, value);
  if (refreshToken?.grant.client !== client) {
    throw new ProtocolError(
      'E072302',
      'invalid_grant',
      'refresh_token is unknown, has expired, or belongs to another client',
    );
  }
  return { refreshToken, scopes: readScopes(refreshToken.grant, form.values.get('scope')) };
}

function readScopes({ scopes }: Grant, requested: string | undefined): readonly string[] {
  if (requested === undefined) return scopes;
  const names = [...new Set(requested.split(' '))];
  if (!names.every((name) => scopes.includes(name))) {
    throw new ProtocolError('E072303', 'invalid_scope', 'scope asks for more than was granted');
  }
  return names;
}
