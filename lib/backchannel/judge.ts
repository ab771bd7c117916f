import type { AuthleteApi } from '../authlete/api.js';
import { type AuthenticationRequest, authenticationRequest } from '../authlete/authentication-request.js';
import { resultOf } from '../authlete/client/expect.js';
import { AuthleteError } from '../authlete/errors.js';
import type {
  BackchannelAuthenticationRequest,
  BackchannelAuthenticationResponse,
} from '../authlete/types/backchannel-authentication.js';
import { authleteAnswer } from '../endpoint/authlete-answer.js';
import type { Exchange } from '../endpoint/exchange.js';
import { isRefusal, Refusal } from '../endpoint/refusal.js';
import type { PackageLogger } from '../telemetry/logger.js';

const api = 'backchannelAuthentication';

/** A valid request. Its ticket must be used or released in the end. */
export interface Judged {
  ticket: string;
  request: AuthenticationRequest;
}

/**
 * Step 3: Authlete judges the client and its request.
 *
 * @param release called with the ticket of an answer that came too late, or that cannot be used
 */
export async function judge(
  authlete: Pick<AuthleteApi, 'backchannelAuthentication'>,
  request: BackchannelAuthenticationRequest,
  exchange: Exchange,
  release: (ticket: string) => void,
  logger: PackageLogger,
): Promise<Judged | Refusal> {
  const response = await exchange.ask(
    api,
    () => authlete.backchannelAuthentication(request, exchange.callOptions),
    releaseTicketOf,
  );
  if (isRefusal(response)) return response;
  logger.debug('Authlete has judged a request', () => resultOf(response, request));
  try {
    if (response.action === 'USER_IDENTIFICATION') {
      return { ticket: requireTicket(response), request: authenticationRequest(response) };
    }
    const answer = authleteAnswer(api, response, exchange.challenge);
    releaseTicketOf(response);
    return new Refusal(answer, { action: response.action });
  } catch (error) {
    releaseTicketOf(response);
    return exchange.failure(error);
  }

  function releaseTicketOf(response: BackchannelAuthenticationResponse | null | undefined): void {
    const ticket = response?.ticket;
    if (typeof ticket === 'string' && ticket !== '') release(ticket);
  }
}

function requireTicket({ ticket }: BackchannelAuthenticationResponse): string {
  if (typeof ticket === 'string' && ticket !== '') return ticket;
  throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no ticket`, { api });
}
