import type { AuthleteApi } from '../authlete/api.js';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { resultOf } from '../authlete/client/expect.js';
import { AuthleteError } from '../authlete/errors.js';
import { transactionId } from '../authlete/transaction-id.js';
import type { BackchannelAuthenticationIssueResponse } from '../authlete/types/backchannel-authentication-issue.js';
import type { Pending } from '../completion/completer.js';
import type { Answer } from '../endpoint/answer.js';
import { authleteAnswer } from '../endpoint/authlete-answer.js';
import type { Exchange } from '../endpoint/exchange.js';
import { isRefusal, Refusal } from '../endpoint/refusal.js';
import { parseJsonObject } from '../json/api-response.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { User } from './hooks.js';
import type { Identified } from './identify.js';
import type { Judged } from './judge.js';

const api = 'backchannelAuthenticationIssue';

/** What the client gets, and what the steps after the answer need. */
export interface Issued<U extends User> {
  answer: Answer;
  authReqId: string;
  request: AuthenticationRequest;
  pending: Pending<U>;
}

/** Step 5: Authlete issues the `auth_req_id`. */
export async function issue<U extends User>(
  authlete: Pick<AuthleteApi, typeof api>,
  { ticket, request }: Judged,
  { user, actor }: Identified<U>,
  exchange: Exchange,
  logger: PackageLogger,
): Promise<Issued<U> | Refusal> {
  const response = await exchange.ask(api, () =>
    authlete.backchannelAuthenticationIssue({ ticket }, exchange.callOptions),
  );
  if (isRefusal(response)) return response;
  try {
    const answer = authleteAnswer(api, response);
    if (response.action !== 'OK') {
      logger.error('Authlete did not issue an auth_req_id', resultOf(response, { ticket }));
      return new Refusal(answer, { action: response.action });
    }
    const { authReqId, expiresIn } = acknowledgement(response);
    const { clientId, clientIdAlias, deliveryMode, claimNames = [] } = request;
    const { traceparent } = exchange;
    // No spread here: V8 would keep a hidden class for each object.
    const pending: Pending<U> = {
      id: transactionId(authReqId),
      ticket,
      subject: user.subject,
      actor,
      clientId,
      clientIdAlias,
      deliveryMode,
      claimNames,
      expiresAt: Date.now() + expiresIn * 1000,
      traceparent,
      issuedAt: traceparent === undefined ? undefined : Date.now(),
      user,
    };
    exchange.account.transaction = pending.id;
    return { answer, authReqId, request, pending };
  } catch (error) {
    return exchange.failure(error);
  }
}

/** Reads the acknowledgement; another implementation of the API may give it only in `responseContent`. */
function acknowledgement(response: BackchannelAuthenticationIssueResponse): { authReqId: string; expiresIn: number } {
  let { authReqId, expiresIn } = response;
  if (!authReqId || !expiresIn) {
    const content = parseJsonObject(response.responseContent ?? '{}') as Record<string, never> | null;
    ({ auth_req_id: authReqId, expires_in: expiresIn } = content ?? {});
  }
  if (typeof authReqId !== 'string' || typeof expiresIn !== 'number' || !Number.isFinite(expiresIn)) {
    throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no authReqId or no expiresIn`, { api });
  }
  return { authReqId, expiresIn };
}
