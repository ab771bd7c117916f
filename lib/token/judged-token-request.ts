import type { TokenAction, TokenInfo, TokenResponse } from '../authlete/types/token.js';
import { type WithoutNulls, withoutNulls } from '../authlete/without-nulls.js';

type Info = 'subjectTokenInfo' | 'actorTokenInfo';

/**
 * A token request that Authlete has judged, as hooks see it: Authlete's answer, in which fields without a value are absent,
 * never `null`.
 */
export interface JudgedTokenRequest extends WithoutNulls<Omit<TokenResponse, Info | 'action'>> {
  action: TokenAction;
  /** What is known about the `subject_token` of a token exchange. */
  subjectTokenInfo?: WithoutNulls<TokenInfo>;
  /** What is known about its `actor_token`. */
  actorTokenInfo?: WithoutNulls<TokenInfo>;
}

export function judgedTokenRequest(response: TokenResponse): JudgedTokenRequest {
  const judged = withoutNulls(response) as JudgedTokenRequest;
  for (const name of ['subjectTokenInfo', 'actorTokenInfo'] as const) {
    const info = judged[name];
    if (info !== undefined) judged[name] = withoutNulls(info);
  }
  return judged;
}
