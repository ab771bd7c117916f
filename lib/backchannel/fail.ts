import type { AuthleteApi } from '../authlete/api.js';
import type { BackchannelAuthenticationFailResponse } from '../authlete/backchannel-authentication-fail.js';
import { expectContent, expectObject, unknownAction } from '../authlete/expect.js';
import type { Reason } from '../authlete/reason.js';
import { type Answer, jsonAnswer } from '../endpoint/answer.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { Logger } from '../telemetry/logger.js';
import type { InFlight } from '../time/in-flight.js';
import type { Rejection } from './rejection.js';

type FailApi = Pick<AuthleteApi, 'backchannelAuthenticationFail'>;

const api = 'backchannelAuthenticationFail';

/** Has Authlete delete the ticket of a request whose answer is decided already; does not throw. */
export type Release = (ticket: string) => void;

/** Makes the {@link Release}; `track` is told of every call under way. */
export function releaser(authlete: FailApi, logger: Logger, track: InFlight['track']): Release {
  async function release(ticket: string): Promise<void> {
    try {
      await authlete.backchannelAuthenticationFail({ ticket, reason: 'SERVER_ERROR' });
    } catch (error) {
      logger.warn('a ticket could not be released; it lives until it expires', { error });
    }
  }
  return (ticket) => track(release(ticket));
}

/**
 * The other end of step 5: a hook refused the request. The call outlives the client and the deadline, since the ticket
 * has to go; the answer does not wait for it longer than that, but `track` is told of it.
 */
export async function fail(
  authlete: FailApi,
  ticket: string,
  rejection: Rejection,
  exchange: Exchange,
  track: InFlight['track'],
  logger: Logger,
): Promise<Answer> {
  const { reason, description, uri } = rejection;
  async function call(): Promise<BackchannelAuthenticationFailResponse> {
    return authlete.backchannelAuthenticationFail({
      ticket,
      reason,
      ...(description !== undefined && { errorDescription: description }),
      ...(uri !== undefined && { errorUri: uri }),
    });
  }
  try {
    const response = call();
    track(response);
    return answerOf(await exchange.until(response));
  } catch (error) {
    logger.error('Authlete did not confirm a refusal; the ticket may live until it expires', { reason, error });
    return answerFrom(rejection);
  }
}

function answerOf(response: BackchannelAuthenticationFailResponse): Answer {
  switch (expectObject(response, api).action) {
    case 'BAD_REQUEST':
      return jsonAnswer(400, expectContent(response, api));
    case 'FORBIDDEN':
      return jsonAnswer(403, expectContent(response, api));
    case 'INTERNAL_SERVER_ERROR':
      return jsonAnswer(500, expectContent(response, api));
    default:
      throw unknownAction(response, api);
  }
}

const statusOf: Partial<Record<Reason, number>> = { ACCESS_DENIED: 403, SERVER_ERROR: 500 };

function answerFrom({ reason, description, uri }: Rejection): Answer {
  // JSON leaves out what is undefined.
  const body = { error: reason.toLowerCase(), error_description: description, error_uri: uri };
  return jsonAnswer(statusOf[reason] ?? 400, JSON.stringify(body));
}
