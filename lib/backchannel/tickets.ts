import type { AuthleteApi } from '../authlete/api.js';
import type { BackchannelAuthenticationFailRequest } from '../authlete/types/backchannel-authentication-fail.js';
import { authleteAnswer } from '../endpoint/authlete-answer.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { LateCalls } from '../endpoint/late-calls.js';
import { Refusal } from '../endpoint/refusal.js';
import type { PackageLogger } from '../telemetry/logger.js';

const api = 'backchannelAuthenticationFail';

/** What happens to a ticket that does not become an `auth_req_id`: Authlete deletes it. */
export interface Tickets {
  /** Deletes the ticket of a request whose answer is already decided. */
  release(ticket: string): void;
  /**
   * The alternative to step 5. If a hook refused, Authlete makes the answer; if the answer is already decided, the
   * call neither delays nor changes it.
   */
  fail(ticket: string, refusal: Refusal, exchange: Exchange): Promise<Refusal>;
}

/** @param timeout maximum milliseconds that Authlete should take */
export function tickets(
  authlete: Pick<AuthleteApi, typeof api>,
  lateCalls: LateCalls,
  timeout: number,
  logger: PackageLogger,
): Tickets {
  async function tell(request: BackchannelAuthenticationFailRequest): Promise<void> {
    try {
      await authlete.backchannelAuthenticationFail(request);
    } catch (error) {
      logger.warn('a ticket could not be released; it lives until it expires', { error });
    }
  }

  /** No request waits for this call, but `close()` does. */
  function tellAside(request: BackchannelAuthenticationFailRequest): void {
    lateCalls.hear(tell(request), timeout, true);
  }

  function release(ticket: string): void {
    tellAside({ ticket, reason: 'SERVER_ERROR' });
  }

  async function fail(ticket: string, refusal: Refusal, exchange: Exchange): Promise<Refusal> {
    const { reason, action, details: { description, uri } = {} } = refusal;
    if (reason === undefined) {
      if (action !== 'INVALID_TICKET') release(ticket);
      return refusal;
    }
    const request = {
      ticket,
      reason,
      ...(description !== undefined && { errorDescription: description }),
      ...(uri !== undefined && { errorUri: uri }),
    };
    // A hook may abort the request before it refuses.
    if (exchange.interruption !== undefined) {
      tellAside(request);
      return refusal;
    }
    try {
      const response = await exchange.hear(
        () => authlete.backchannelAuthenticationFail(request),
        () => {},
      );
      return new Refusal(authleteAnswer(api, response), { reason });
    } catch (error) {
      logger.error('Authlete did not confirm a refusal; the ticket may live until it expires', { reason, error });
      return refusal;
    }
  }

  return { release, fail };
}
