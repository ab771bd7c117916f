import type { IncomingMessage } from 'node:http';
import type { AuthleteApi } from '../authlete/api.js';
import { isRejection, type Rejection } from '../authlete/rejection.js';
import type { TokenRevokeRequest } from '../authlete/types/token-revoke.js';
import { jsonAnswer } from '../endpoint/answer.js';
import type { Exchange } from '../endpoint/exchange.js';
import { HostError } from '../endpoint/failure.js';
import type { HookContext } from '../endpoint/hook-context.js';
import { Interrupted } from '../endpoint/interrupted.js';
import type { LateCalls } from '../endpoint/late-calls.js';
import { Refusal } from '../endpoint/refusal.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { JudgedTokenRequest } from './judged-token-request.js';
import { isCiba, type TokenForm } from './token-form.js';

/**
 * Called before tokens are sent, for the first ones and at each refresh: the account may be locked by now, or the consent
 * withdrawn. If it returns nothing, they are sent; a `Rejection` (`ACCESS_DENIED`), returned or thrown, revokes them.
 */
export type TokenPolicy<R = IncomingMessage> = (
  request: JudgedTokenRequest,
  context: HookContext<R>,
) => Verdict | PromiseLike<Verdict>;

// biome-ignore lint/suspicious/noConfusingVoidType: a hook may have no return statement
type Verdict = Rejection | null | undefined | void;

/** Asks the policy about the tokens that Authlete has made. */
export type ApplyPolicy<R> = (
  request: JudgedTokenRequest,
  form: TokenForm,
  exchange: Exchange<R>,
) => Promise<Refusal | undefined>;

/** @param timeout milliseconds that Authlete should take to revoke tokens */
export function policyApplier<R>(
  policy: TokenPolicy<R>,
  authlete: Pick<AuthleteApi, 'tokenRevoke'>,
  lateCalls: LateCalls,
  timeout: number,
  logger: PackageLogger,
): ApplyPolicy<R> {
  async function revokeNow(tokens: TokenRevokeRequest): Promise<void> {
    try {
      await authlete.tokenRevoke(tokens);
    } catch (error) {
      logger.error('tokens that no client received could not be revoked; they live until they expire', { error });
    }
  }

  /** Revokes in the background, even when the client has left, and neither delays the answer nor changes it. */
  function revoke(request: JudgedTokenRequest, keep?: string): void {
    const { accessToken, refreshToken } = tokensOf(request);
    if (refreshToken && refreshToken !== keep) {
      lateCalls.hear(revokeNow({ refreshTokenIdentifier: refreshToken }), timeout, true);
    } else if (accessToken) lateCalls.hear(revokeNow({ accessTokenIdentifier: accessToken }), timeout, true);
  }

  return async (request, form, exchange) => {
    if (request.action !== 'OK' && request.action !== 'ID_TOKEN_REISSUABLE') return undefined;
    try {
      const verdict: unknown = await exchange.until(policy(request, exchange.context));
      if (verdict === undefined || verdict === null) return undefined;
      throw verdict instanceof Error
        ? verdict
        : new TypeError(`policy must return nothing or a Rejection, not ${typeof verdict}`);
    } catch (error) {
      if (isRejection(error)) {
        revoke(request);
        return tokenRefusal(error, form);
      }
      // A hiccup of a database must not end a session: the client's earlier refresh token lives on.
      revoke(request, form.refreshToken);
      return exchange.failure(error instanceof Interrupted ? error : new HostError('policy failed', { cause: error }));
    }
  };
}

function tokenRefusal({ reason, description, uri }: Rejection, form: TokenForm): Refusal {
  const error = isCiba(form) ? 'access_denied' : 'invalid_grant';
  // JSON leaves out what is undefined.
  const body = { error, error_description: description, error_uri: uri };
  return new Refusal(jsonAnswer(400, JSON.stringify(body)), { reason });
}

/** From the fields, or from the answer for the client if an API has left them out. */
function tokensOf({ accessToken, jwtAccessToken, refreshToken, responseContent }: JudgedTokenRequest) {
  const answer = contentOf(responseContent);
  return {
    accessToken: accessToken ?? jwtAccessToken ?? answer.access_token,
    refreshToken: refreshToken ?? answer.refresh_token,
  };
}

function contentOf(text: string | null | undefined): { access_token?: string; refresh_token?: string } {
  try {
    return JSON.parse(text ?? '{}') ?? {};
  } catch {
    return {};
  }
}
