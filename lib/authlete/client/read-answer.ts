import { isUtf8 } from 'node:buffer';
import { parseJsonObject } from '../../json/api-response.js';
import { AuthleteError } from '../errors.js';
import { resultOf } from './expect.js';
import type { Outcome } from './http-call.js';
import type { Secrets } from './mask-secrets.js';

/** What an error says about the call. */
export interface CallDescription {
  /** Name of the API. */
  api: string;
  origin: string;
  /** Milliseconds. */
  timeout: number;
  /** Parses the text; throws when it is not an object of JSON. */
  parse(text: string): object | null;
  /** Values that no error may show. */
  secrets: readonly Secrets[];
}

/**
 * Turns the result of a call into the response of the API.
 *
 * @throws AuthleteError whose `cause` holds neither headers nor any part of the answer's body
 */
export function readAnswer<T extends object>(outcome: Outcome, call: CallDescription): T {
  const { api, origin, timeout } = call;
  const { status } = outcome;
  // A status other than 200 says all that matters, even when its body is unusable or never came.
  if (status !== undefined && status !== 200) throw refused(outcome, status, call);
  if ('body' in outcome) return parseBody<T>(outcome.body, call);

  if (outcome.failure === 'timeout') {
    const message = `${api}: no complete answer from Authlete at ${origin} within ${timeout} ms`;
    throw new AuthleteError('ERR_AUTHLETE_TIMEOUT', message, { api, status });
  }
  const cause = withoutContent(outcome.error);
  const reason = cause.message || (cause as NodeJS.ErrnoException).code;
  if (isBadAnswer(cause)) {
    const message = `${api}: the answer of Authlete at ${origin} cannot be used (${reason})`;
    throw new AuthleteError('ERR_AUTHLETE_ANSWER', message, { api, status, cause });
  }
  const message =
    status === undefined
      ? `${api}: no answer from Authlete at ${origin} (${reason})`
      : `${api}: the connection to Authlete at ${origin} broke before the answer was complete (${reason})`;
  throw new AuthleteError('ERR_AUTHLETE_UNREACHABLE', message, { api, status, cause });
}

function parseBody<T extends object>(body: Buffer, { api, origin, parse }: CallDescription): T {
  let response: object | null = null;
  try {
    if (isUtf8(body)) response = parse(body.toString());
  } catch {
    // The error is not kept as the cause: its message could quote the answer.
  }
  if (response === null) {
    const message = `${api}: the answer of Authlete at ${origin} is not a JSON object`;
    throw new AuthleteError('ERR_AUTHLETE_ANSWER', message, { api, status: 200 });
  }
  return response as T;
}

/** Authlete refused the call itself: bad credentials, an unknown service, too many calls, an internal failure. */
function refused(outcome: Outcome, status: number, call: CallDescription): AuthleteError {
  const { api, origin } = call;
  const { resultCode, resultMessage } = 'body' in outcome ? result(outcome.body, call.secrets) : {};
  const message = `${api}: Authlete at ${origin} answered with HTTP status ${status}`;
  return new AuthleteError(
    'ERR_AUTHLETE_STATUS',
    resultMessage === undefined ? message : `${message}: ${resultMessage}`,
    {
      api,
      status,
      resultCode,
      resultMessage,
      retryAfter: outcome.retryAfter === undefined ? undefined : outcome.retryAfter / 1000,
    },
  );
}

function result(body: Buffer, secrets: readonly Secrets[]) {
  try {
    return resultOf(parseJsonObject(body.toString()) ?? {}, ...secrets);
  } catch {
    return {}; // a gateway's HTML page
  }
}

/** The answer is not HTTP, or too large. */
function isBadAnswer(error: NodeJS.ErrnoException): boolean {
  const { name, code } = error;
  return name === 'HTTPParserError' || code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || code === 'UND_ERR_HEADERS_OVERFLOW';
}

/** Removes the text that undici could not parse from its parser error. */
function withoutContent(error: Error): Error {
  if ('data' in error) error.data = undefined;
  return error;
}
