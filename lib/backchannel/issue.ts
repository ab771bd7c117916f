import type { AuthleteApi } from '../authlete/api.js';
import type { BackchannelAuthenticationIssueResponse } from '../authlete/backchannel-authentication-issue.js';
import { AuthleteError } from '../authlete/errors.js';
import { expectContent, expectObject, unknownAction } from '../authlete/expect.js';
import { parseJsonObject } from '../authlete/json.js';
import { type Answer, jsonAnswer } from '../endpoint/answer.js';
import type { Exchange } from '../endpoint/exchange.js';

const api = 'backchannelAuthenticationIssue';

/** The answer, and what Authlete said. */
export interface Issued {
  answer: Answer;
  response: BackchannelAuthenticationIssueResponse;
}

/** What the client was given. */
export interface Acknowledgement {
  authReqId: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/**
 * Step 5: Authlete issues the `auth_req_id`.
 *
 * @throws AuthleteError when there is no usable answer, Interrupted when it came too late
 */
export async function issue(
  authlete: Pick<AuthleteApi, 'backchannelAuthenticationIssue'>,
  ticket: string,
  exchange: Exchange,
): Promise<Issued> {
  const call = authlete.backchannelAuthenticationIssue({ ticket });
  const response = expectObject(await exchange.until(call), api);
  switch (response.action) {
    case 'OK':
      return { answer: jsonAnswer(200, expectContent(response, api)), response };
    case 'INTERNAL_SERVER_ERROR':
    case 'INVALID_TICKET':
      return { answer: jsonAnswer(500, expectContent(response, api)), response };
    default:
      throw unknownAction(response, api);
  }
}

/** Reads the acknowledgement; an API that is not ours may have it in the content only. */
export function acknowledgement(response: BackchannelAuthenticationIssueResponse): Acknowledgement {
  let { authReqId, expiresIn } = response;
  if (!authReqId || !expiresIn) {
    const content = parseJsonObject(response.responseContent ?? '{}') as Record<string, never> | null;
    ({ auth_req_id: authReqId, expires_in: expiresIn } = content ?? {});
  }
  if (typeof authReqId !== 'string' || typeof expiresIn !== 'number') {
    throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no authReqId or no expiresIn`, { api });
  }
  return { authReqId, expiresAt: Date.now() + expiresIn * 1000 };
}
