import { parseJsonObject } from '../../json/api-response.js';
import { AuthleteError } from '../errors.js';
import { maskSecrets, type Secrets } from './mask-secrets.js';

// Checks of every answer of the API, whether the AuthleteApi is ours or the host's.

interface Actionable {
  action: string;
  responseContent?: string | null;
}

/** @throws AuthleteError `ERR_AUTHLETE_ANSWER` when the answer is not an object */
export function expectObject<T extends object>(response: T, api: string): T {
  if (typeof response !== 'object' || response === null || Array.isArray(response)) {
    throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} is not an object`, { api });
  }
  return response;
}

/** The error for a call that got no answer in time. @param timeout milliseconds that it had */
export function unanswered(api: string, timeout: number): AuthleteError {
  return new AuthleteError('ERR_AUTHLETE_TIMEOUT', `${api} was not answered within ${timeout} ms`, { api });
}

/** @throws AuthleteError `ERR_AUTHLETE_ANSWER` when `responseContent` is not a JSON object */
export function expectContent(response: Actionable, api: string): string {
  const content: unknown = response.responseContent;
  if (typeof content === 'string' && isJsonObject(content)) return content;
  throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no responseContent with a JSON object`, {
    api,
  });
}

function isJsonObject(text: string): boolean {
  try {
    return parseJsonObject(text) !== null;
  } catch {
    return false;
  }
}

/** For the `default:` of a switch over the actions. */
export function unknownAction(response: Actionable, api: string): AuthleteError {
  // An action that is not a string is never converted to one: that may throw, or never end.
  const action: unknown = response.action;
  const shown = typeof action === 'string' ? action.slice(0, 40) : typeof action;
  return new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has an unknown action: ${shown}`, { api });
}

/** Maximum number of a message's characters in a log. */
const maxMessage = 1_000;

/**
 * What an answer says about the call itself, for the logger: each member is a string or absent.
 *
 * @param secrets of the request; those of the response are masked, too
 */
export function resultOf(
  response: { resultCode?: unknown; resultMessage?: unknown },
  ...secrets: readonly Secrets[]
): { resultCode?: string; resultMessage?: string } {
  const { resultCode, resultMessage } = response;
  return {
    ...(typeof resultCode === 'string' && /^\w{1,16}$/.test(resultCode) && { resultCode }),
    ...(typeof resultMessage === 'string' && {
      // Cut before masking, with room to spare: masking megabytes of text would take too long.
      resultMessage: maskSecrets(resultMessage.slice(0, 8 * maxMessage), response, ...secrets).slice(0, maxMessage),
    }),
  };
}
