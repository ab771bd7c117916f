import { AuthleteError } from '../authlete/errors.js';
import { type Answer, jsonAnswer } from './answer.js';

/** The APIs whose answers go on to the client. */
export type AnsweringApi = keyof typeof statuses;

/** What is read of their answers here. */
export interface Answering {
  action: string;
  responseContent?: string | null;
}

/** HTTP status of every action that comes with an answer for the client. */
const statuses = {
  backchannelAuthentication: { BAD_REQUEST: 400, UNAUTHORIZED: 401, INTERNAL_SERVER_ERROR: 500 },
  backchannelAuthenticationIssue: { OK: 200, INVALID_TICKET: 500, INTERNAL_SERVER_ERROR: 500 },
  backchannelAuthenticationFail: { BAD_REQUEST: 400, FORBIDDEN: 403, INTERNAL_SERVER_ERROR: 500 },
  token: { OK: 200, ID_TOKEN_REISSUABLE: 200, BAD_REQUEST: 400, INVALID_CLIENT: 401, INTERNAL_SERVER_ERROR: 500 },
} as const satisfies Record<string, Record<string, number>>;

/**
 * The answer that Authlete has made for the client, byte for byte.
 *
 * @param challenge value of `WWW-Authenticate` that goes with a 401
 * @throws AuthleteError `ERR_AUTHLETE_ANSWER` when the action is unknown, or there is no JSON object to send
 */
export function authleteAnswer(api: AnsweringApi, response: Answering, challenge?: string): Answer {
  const { action, responseContent } = response;
  const known: Record<string, number> = statuses[api];
  const status = typeof action === 'string' && Object.hasOwn(known, action) ? known[action] : undefined;
  if (status === undefined) throw unusable(api, `an unknown action: ${nameOf(action)}`);
  if (!isJsonObject(responseContent)) throw unusable(api, 'no responseContent that is a JSON object');
  const challenged = status === 401 && challenge !== undefined;
  return jsonAnswer(status, responseContent, challenged ? { 'WWW-Authenticate': challenge } : undefined);
}

function isJsonObject(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function nameOf(action: unknown): string {
  return typeof action === 'string' ? action.slice(0, 40) : typeof action;
}

function unusable(api: string, what: string): AuthleteError {
  return new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has ${what}`, { api });
}
