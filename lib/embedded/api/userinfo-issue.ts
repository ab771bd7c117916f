import type { ApiResponse } from '../../authlete/types/common-types.js';
import { IntrospectionAction } from '../../authlete/types/introspection.js';
import { readObject, readString } from '../request/call-parameters.js';
import { protocolError, result } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import { type Challenge, challenger, covers } from './access-token-checks.js';
import { findUserinfoToken, isAccessToken } from './userinfo.js';

/** Request to Authlete's `/auth/userinfo/issue` API. */
export interface UserinfoIssueRequest {
  /** The access token that the client presented. */
  token: string;
  /** JSON object in a string: the values of the claims. */
  claims?: string | null | undefined;
  /** Value of the `sub` claim. Default: that of the ID token. */
  sub?: string | null | undefined;
}

/** Response from Authlete's `/auth/userinfo/issue` API. */
export interface UserinfoIssueResponse extends ApiResponse {
  /** `JSON` 200, `BAD_REQUEST` 400, `UNAUTHORIZED` 401, `FORBIDDEN` 403, `INTERNAL_SERVER_ERROR` 500. */
  action: 'JSON' | Exclude<IntrospectionAction, 'OK'>;
  /** With `JSON` the body; otherwise the value of the `WWW-Authenticate` header (RFC 6750). */
  responseContent: string;
}

/** `/auth/userinfo/issue`: makes the body of the userinfo endpoint (OpenID Connect Core 1.0, section 5.3.2). */
export async function userinfoIssue(engine: Engine, request: UserinfoIssueRequest): Promise<UserinfoIssueResponse> {
  const { FORBIDDEN, INTERNAL_SERVER_ERROR } = IntrospectionAction;
  const challenge = challenger(engine.settings, {});
  try {
    const found = await findUserinfoToken(engine, request);
    if (!isAccessToken(found)) return refuse(found);
    // `userinfo` has judged the rest: the certificate of the request is not known here.
    if (!covers(found, ['openid'])) {
      return refuse(challenge(FORBIDDEN, 'E170301', 'insufficient_scope', 'the access token does not cover openid'));
    }
    const { grant } = found;
    const sub = readString(request, 'sub') ?? grant.sub ?? grant.subject;
    return {
      ...result('E170001', 'The body of the response has been made.'),
      action: 'JSON',
      responseContent: JSON.stringify({ ...readObject(request, 'claims'), sub }),
    };
  } catch (thrown) {
    const { resultCode, error, message } = protocolError(thrown);
    return refuse(challenge(INTERNAL_SERVER_ERROR, resultCode, error, message));
  }
}

function refuse({ action, resultCode, message, responseContent }: Challenge): UserinfoIssueResponse {
  return { ...result(resultCode, message), action: action as UserinfoIssueResponse['action'], responseContent };
}
