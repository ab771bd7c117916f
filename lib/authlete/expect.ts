import { AuthleteError } from './errors.js';

// What may be expected of every answer of the API, be it an AuthleteApi of ours or of the host's.

interface Actionable {
  action: string;
  responseContent?: string | null;
}

/** @throws AuthleteError `ERR_AUTHLETE_ANSWER` when the answer is no object */
export function expectObject<T extends Actionable>(response: T, api: string): T {
  if (typeof response !== 'object' || response === null || Array.isArray(response)) {
    throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} is not an object`, { api });
  }
  return response;
}

/** @throws AuthleteError `ERR_AUTHLETE_ANSWER` when there is no content where one is due */
export function expectContent(response: Actionable, api: string): string {
  if (typeof response.responseContent !== 'string') {
    throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no responseContent`, { api });
  }
  return response.responseContent;
}

/** For the `default:` of a switch over the actions. */
export function unknownAction(response: Actionable, api: string): AuthleteError {
  return new AuthleteError(
    'ERR_AUTHLETE_ANSWER',
    `the answer of ${api} has an unknown action: ${String(response.action).slice(0, 40)}`,
    { api },
  );
}

/** What an answer says of the call itself, for the logger. */
export function resultOf(response: { resultCode?: string | null; resultMessage?: string | null }): object {
  return { resultCode: response.resultCode, resultMessage: response.resultMessage };
}
