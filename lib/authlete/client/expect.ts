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

/** For a call that nobody can wait for any longer. @param timeout milliseconds that it had */
export function unanswered(api: string, timeout: number): AuthleteError {
  return new AuthleteError('ERR_AUTHLETE_TIMEOUT', `${api} was not answered within ${timeout} ms`, { api });
}

/** @throws AuthleteError `ERR_AUTHLETE_ANSWER` when the content has no JSON object, although it must */
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
  // An odd action is never converted to a string: that may throw, or never end.
  const action: unknown = response.action;
  const shown = typeof action === 'string' ? action.slice(0, 40) : typeof action;
  return new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has an unknown action: ${shown}`, { api });
}

/** Maximum number of a message's characters in a log. */
const maxMessage = 1_000;

/**
 * What an answer says about the call itself, for the logger: strings, or absent.
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
      // Cut first, generously: masking a text of megabytes would take its time.
      resultMessage: maskSecrets(resultMessage.slice(0, 8 * maxMessage), response, ...secrets).slice(0, maxMessage),
    }),
  };
}
