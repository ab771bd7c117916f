import { expectContent, unknownAction } from '../authlete/client/expect.js';
import { type Answer, jsonAnswer } from './answer.js';

/** The APIs whose answers go on to the client. */
export type AnsweringApi = keyof typeof statuses;

/** The part of their answers that is read here. */
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
  revocation: { BAD_REQUEST: 400, INVALID_CLIENT: 401, INTERNAL_SERVER_ERROR: 500 },
} as const satisfies Record<string, Record<string, number>>;

/**
 * The answer that Authlete has made for the client, byte for byte.
 *
 * @param challenge value of `WWW-Authenticate` that goes with a 401
 * @throws AuthleteError `ERR_AUTHLETE_ANSWER` when the action is unknown, or there is no JSON object to send
 */
export function authleteAnswer(api: AnsweringApi, response: Answering, challenge?: string): Answer {
  const known: Record<string, number> = statuses[api];
  const { action } = response;
  const status = typeof action === 'string' && Object.hasOwn(known, action) ? known[action] : undefined;
  if (status === undefined) throw unknownAction(response, api);
  const challenged = status === 401 && challenge !== undefined;
  return jsonAnswer(status, expectContent(response, api), challenged ? { 'WWW-Authenticate': challenge } : undefined);
}
