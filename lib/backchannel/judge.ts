import type { AuthleteApi } from '../authlete/api.js';
import { type AuthenticationRequest, authenticationRequest } from '../authlete/authentication-request.js';
import type {
  BackchannelAuthenticationRequest,
  BackchannelAuthenticationResponse,
} from '../authlete/backchannel-authentication.js';
import { AuthleteError } from '../authlete/errors.js';
import { expectContent, expectObject, unknownAction } from '../authlete/expect.js';
import { type Answer, jsonAnswer, withAttestationChallenge } from '../endpoint/answer.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { Release } from './fail.js';

const api = 'backchannelAuthentication';

/** Authlete has found an error: the answer is decided. */
export interface Refused {
  answer: Answer;
  response: BackchannelAuthenticationResponse;
}

/** The request is valid: the ticket lives, and has to be used up. */
export interface Valid {
  answer?: undefined;
  ticket: string;
  request: AuthenticationRequest;
  response: BackchannelAuthenticationResponse;
}

/**
 * Step 3: Authlete judges the client and its request.
 *
 * @param challenge value of `WWW-Authenticate`
 * @param release called with the ticket of an answer that came too late, or that makes no sense
 * @throws AuthleteError when there is no usable answer, Interrupted when it came too late
 */
export async function judge(
  authlete: Pick<AuthleteApi, 'backchannelAuthentication'>,
  request: BackchannelAuthenticationRequest,
  challenge: string,
  exchange: Exchange,
  release: Release,
): Promise<Refused | Valid> {
  // Not aborted when the client leaves: the ticket of an answer that comes too late has to be known to be released.
  const call = authlete.backchannelAuthentication(request);
  const response = expectObject(await exchange.until(call).catch(releaseLate), api);

  switch (response.action) {
    case 'USER_IDENTIFICATION': {
      const { ticket } = response;
      if (typeof ticket !== 'string' || ticket === '') {
        throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no ticket`, { api });
      }
      return { ticket, request: authenticationRequest(response), response };
    }
    case 'BAD_REQUEST':
      return { answer: refusal(400), response };
    case 'UNAUTHORIZED':
      return { answer: refusal(401, { 'WWW-Authenticate': challenge }), response };
    case 'INTERNAL_SERVER_ERROR':
      return { answer: refusal(500), response };
    default:
      releaseTicketOf(response);
      throw unknownAction(response, api);
  }

  function refusal(status: number, headers?: Record<string, string>): Answer {
    return withAttestationChallenge(jsonAnswer(status, expectContent(response, api), headers), response);
  }

  function releaseLate(error: unknown): never {
    if (exchange.interruption !== undefined) Promise.resolve(call).then(releaseTicketOf, () => {});
    throw error;
  }

  function releaseTicketOf(response: BackchannelAuthenticationResponse | null | undefined): void {
    if (response?.ticket) release(response.ticket);
  }
}
