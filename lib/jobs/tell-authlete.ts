import type { AuthleteApi } from '../authlete/api.js';
import { expectContent, expectObject, resultOf, unknownAction } from '../authlete/client/expect.js';
import { AuthleteError } from '../authlete/errors.js';
import type {
  BackchannelAuthenticationCompleteRequest,
  BackchannelAuthenticationCompleteResponse,
} from '../authlete/types/backchannel-authentication-complete.js';
import { DeliveryMode } from '../authlete/types/common-types.js';
import type { Notification } from '../notification/post.js';

const api = 'backchannelAuthenticationComplete';

/** The part of the API that takes decisions. */
export type CompleteApi = Pick<AuthleteApi, typeof api>;

/** Authlete's answer to a decision. */
export type AuthleteVerdict =
  /** Authlete has taken it, and the client asks for its tokens by itself. */
  | { action: 'NO_ACTION' }
  /** Authlete has taken it, and the client must receive this. */
  | { action: 'NOTIFICATION'; notification: Notification; deliveryMode?: DeliveryMode }
  /** Authlete has taken it, and the client must be notified, but the answer does not say of what or where. */
  | { action: 'NOTIFICATION'; notification?: undefined; error: AuthleteError }
  /** Authlete has refused it: the ticket is unknown, used or expired. */
  | { action: 'SERVER_ERROR'; resultCode?: string; resultMessage?: string };

/**
 * Tells Authlete of a decision. The call is not cut off, since we must know what Authlete did.
 *
 * @param within milliseconds for which a caller waits for the answer; `undefined` if no caller waits
 * @throws AuthleteError when there is no usable answer
 */
export async function tellAuthlete(
  authlete: CompleteApi,
  request: BackchannelAuthenticationCompleteRequest,
  within?: number,
): Promise<AuthleteVerdict> {
  const response = expectObject(await call(authlete, request, within), api);
  switch (response.action) {
    case 'NO_ACTION':
      return { action: 'NO_ACTION' };
    case 'NOTIFICATION':
      return notificationVerdict(response);
    case 'SERVER_ERROR':
      return { action: 'SERVER_ERROR', ...resultOf(response, request) };
    default:
      throw unknownAction(response, api);
  }
}

async function call(
  authlete: CompleteApi,
  request: BackchannelAuthenticationCompleteRequest,
  within: number | undefined,
): Promise<BackchannelAuthenticationCompleteResponse> {
  try {
    return await authlete.backchannelAuthenticationComplete(request, within === undefined ? undefined : { within });
  } catch (error) {
    // The host's own AuthleteApi may throw anything, but the caller must get a documented code.
    if (String((error as { code?: unknown } | null)?.code).startsWith('ERR_AUTHLETE_')) throw error;
    throw new AuthleteError('ERR_AUTHLETE_UNREACHABLE', `${api} failed`, { api, cause: error });
  }
}

function notificationVerdict(response: BackchannelAuthenticationCompleteResponse): AuthleteVerdict {
  const { clientNotificationEndpoint: endpoint, clientNotificationToken: token, deliveryMode } = response;
  try {
    const body = expectContent(response, api);
    if (typeof endpoint !== 'string') throw incompleteError('clientNotificationEndpoint');
    // RFC 6750, section 2.1: the characters that a header can carry.
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw incompleteError('clientNotificationToken');
    return {
      action: 'NOTIFICATION',
      notification: { endpoint, token, body },
      ...(isDeliveryMode(deliveryMode) && { deliveryMode }),
    };
  } catch (error) {
    return { action: 'NOTIFICATION', error: error as AuthleteError };
  }
}

/** A member of an answer may be anything: of the wrong type, or nested without end. */
function isDeliveryMode(mode: unknown): mode is DeliveryMode {
  return typeof mode === 'string' && Object.hasOwn(DeliveryMode, mode);
}

function incompleteError(field: string): AuthleteError {
  return new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no usable ${field}`, { api });
}
