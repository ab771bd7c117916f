import type { AuthleteApi } from '../authlete/api.js';
import type {
  BackchannelAuthenticationCompleteRequest,
  BackchannelAuthenticationCompleteResponse,
} from '../authlete/backchannel-authentication-complete.js';
import { AuthleteError } from '../authlete/errors.js';
import { expectContent, expectObject, unknownAction } from '../authlete/expect.js';
import type { Decision } from './decision.js';
import { CompletionError } from './errors.js';

const api = 'backchannelAuthenticationComplete';

/** What the client is to be sent. */
export interface Callback {
  endpoint: string;
  /** Secret. */
  token: string;
  /** Of a push it holds the tokens. Secret. */
  body: string;
}

/** What Authlete wants of us, now that it knows the decision. */
export interface Completed {
  response: BackchannelAuthenticationCompleteResponse;
  /** In ping and push mode. */
  callback?: Callback;
}

/** The request for Authlete; objects travel as JSON in strings. */
export function completeRequest(
  ticket: string,
  subject: string,
  decision: Decision,
  claims: Record<string, unknown>,
): BackchannelAuthenticationCompleteRequest {
  if (decision.result !== 'AUTHORIZED') {
    const { result, description, uri } = decision;
    return {
      ticket,
      result,
      subject,
      ...(description !== undefined && { errorDescription: description }),
      ...(uri !== undefined && { errorUri: uri }),
    };
  }
  const { claims: _filtered, idtHeaderParams, jwtAtClaims, ...rest } = decision;
  return {
    ...rest,
    ticket,
    subject,
    ...(Object.keys(claims).length > 0 && { claims: JSON.stringify(claims) }),
    ...(idtHeaderParams && { idtHeaderParams: JSON.stringify(idtHeaderParams) }),
    ...(jwtAtClaims && { jwtAtClaims: JSON.stringify(jwtAtClaims) }),
  };
}

/**
 * Step 8: tells Authlete of the decision.
 *
 * @throws CompletionError `ERR_COMPLETE_REFUSED` when the ticket is unknown, used or expired
 * @throws AuthleteError when there is no usable answer
 */
export async function complete(
  authlete: Pick<AuthleteApi, typeof api>,
  request: BackchannelAuthenticationCompleteRequest,
  signal: AbortSignal,
): Promise<Completed> {
  const response = expectObject(await call(authlete, request, signal), api);
  switch (response.action) {
    case 'NO_ACTION':
      return { response };
    case 'NOTIFICATION':
      return { response, callback: callbackOf(response) };
    case 'SERVER_ERROR':
      throw refused(response, request.ticket);
    default:
      throw unknownAction(response, api);
  }
}

async function call(
  authlete: Pick<AuthleteApi, typeof api>,
  request: BackchannelAuthenticationCompleteRequest,
  signal: AbortSignal,
): Promise<BackchannelAuthenticationCompleteResponse> {
  try {
    return await authlete.backchannelAuthenticationComplete(request, { signal });
  } catch (error) {
    // An AuthleteApi of the host's may throw anything; whoever completes is to find a code that is documented.
    if (String((error as { code?: unknown } | null)?.code).startsWith('ERR_AUTHLETE_')) throw error;
    throw new AuthleteError('ERR_AUTHLETE_UNREACHABLE', `${api} failed`, { api, cause: error });
  }
}

function callbackOf(response: BackchannelAuthenticationCompleteResponse): Callback {
  const body = expectContent(response, api);
  const { clientNotificationEndpoint: endpoint, clientNotificationToken: token } = response;
  if (typeof endpoint !== 'string') throw incomplete('clientNotificationEndpoint');
  // RFC 6750, section 2.1: what a header can carry.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw incomplete('clientNotificationToken');
  return { endpoint, token, body };
}

function incomplete(field: string): AuthleteError {
  return new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no usable ${field}`, { api });
}

function refused(response: BackchannelAuthenticationCompleteResponse, ticket: string): CompletionError {
  const { resultCode, resultMessage } = response;
  return new CompletionError(
    'ERR_COMPLETE_REFUSED',
    'Authlete refused to complete the transaction: its ticket is unknown, used or expired',
    // The message is Authlete's, and might repeat what it got.
    { resultCode, resultMessage: resultMessage?.replaceAll(ticket, '(ticket)') },
  );
}

/** For a call that ended without an answer. */
export function unanswered(timeout: number): AuthleteError {
  return new AuthleteError('ERR_AUTHLETE_TIMEOUT', `${api} was not answered within ${timeout} ms`, { api });
}

/** For a decision that came while another one was taken, or after. */
export function completedAlready(): CompletionError {
  return new CompletionError('ERR_COMPLETE_REFUSED', 'the transaction has been completed already');
}
