import type { BackchannelAuthenticationCompleteResponse } from '../../authlete/types/backchannel-authentication-complete.js';
import { authorizationDetailsForApi } from '../request/authorization-details.js';
import { errorContent } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import type { Grant } from '../state/grant.js';
import type { Denial, IssuedTransaction } from '../state/transactions.js';
import { issueTokens } from './issue.js';

/** Creates the tokens that are pushed (CIBA Core 1.0, section 10.3.1). */
export async function pushedTokens(
  engine: Engine,
  { authReqId }: IssuedTransaction,
  grant: Grant,
): Promise<Partial<BackchannelAuthenticationCompleteResponse>> {
  const tokens = await issueTokens(engine, grant, { ...grant, authReqId, binding: {} });
  const pushed: Partial<BackchannelAuthenticationCompleteResponse> = {
    responseContent: tokens.content,
    accessToken: tokens.accessToken,
    accessTokenDuration: grant.accessTokenDuration,
    idToken: tokens.idToken,
    idTokenDuration: engine.settings.idTokenDuration,
  };
  if (tokens.jwtAccessToken !== undefined) pushed.jwtAccessToken = tokens.jwtAccessToken;
  if (tokens.refreshToken !== undefined) {
    pushed.refreshToken = tokens.refreshToken;
    pushed.refreshTokenDuration = grant.refreshTokenDuration;
  }
  if (grant.resources !== undefined) pushed.resources = [...grant.resources];
  if (grant.authorizationDetails !== undefined) {
    pushed.authorizationDetails = authorizationDetailsForApi(grant.authorizationDetails);
  }
  return pushed;
}

/** The error that is pushed in place of tokens (CIBA Core 1.0, section 12). */
export function pushedError({ authReqId }: IssuedTransaction, { result, description, uri }: Denial): string {
  const error = result === 'ACCESS_DENIED' ? 'access_denied' : 'expired_token';
  return errorContent(error, { description, uri }, authReqId);
}
