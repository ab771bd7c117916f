import type { IncomingMessage } from 'node:http';
import type { RevocationRequest, RevocationResponse } from '../authlete/types/revocation.js';
import { jsonAnswer } from '../endpoint/answer.js';
import { authleteAnswer } from '../endpoint/authlete-answer.js';
import { doors, type EndpointHandler } from '../endpoint/doors.js';
import { type ClientRequest, endpoint } from '../endpoint/endpoint.js';
import type { Exchange } from '../endpoint/exchange.js';
import { HostError } from '../endpoint/failure.js';
import { Interrupted } from '../endpoint/interrupted.js';
import { formParameters } from '../endpoint/parameters.js';
import { isRefusal, Refusal } from '../endpoint/refusal.js';
import { guardedLogger } from '../telemetry/logger.js';
import { closeOnce } from '../time/close.js';
import { clientIdOf } from './client-id.js';
import { type CibaRevocationOptions, checkOptions } from './options.js';

/** The revocation endpoint, returned by {@link cibaRevocation}: middleware that never calls `next`, and `fetch`. */
export interface CibaRevocation extends EndpointHandler {
  /**
   * Answers new requests with 503 and waits for those in flight, for `timeout` milliseconds (10 000 by default) at most.
   * May be called again: the earliest timeout counts. Resolves to how many requests had not ended.
   */
  close(options?: { timeout?: number | undefined }): Promise<{ requests: number }>;
}

/**
 * Creates the revocation endpoint. Authlete judges the client and revokes its token. With `withdraw`, the client may also
 * give the `auth_req_id` of a request whose user is still being asked: then that request ends. The answer is 200 whether or
 * not there was such a token or request.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see RFC 7009; Authlete's `/auth/revocation` API
 * @example
 * ```ts
 * app.use('/revoke', cibaRevocation({ authlete, withdraw: phone.withdraw }));
 * ```
 */
export function cibaRevocation<R extends object = IncomingMessage>(options: CibaRevocationOptions<R>): CibaRevocation {
  checkOptions(options);
  const { authlete, withdraw } = options;
  const logger = guardedLogger(options.logger);

  async function respond(exchange: Exchange<R>, client: ClientRequest) {
    const request: RevocationRequest = client;
    const response = await exchange.ask<RevocationResponse>('revocation', () =>
      authlete.revocation(request, exchange.callOptions),
    );
    if (isRefusal(response)) return response;
    if (response.action !== 'OK') {
      return new Refusal(authleteAnswer('revocation', response, exchange.challenge), { action: response.action });
    }
    await withdrawRequest(exchange, client);
    return { answer: jsonAnswer(200, '{}') };
  }

  /** Called only after Authlete has authenticated the client. */
  async function withdrawRequest(exchange: Exchange<R>, client: ClientRequest): Promise<void> {
    if (withdraw === undefined) return;
    const clientId = clientIdOf(client);
    const token = formParameters(client.parameters)('token');
    if (clientId === undefined || token === undefined) return;
    try {
      await exchange.until(withdraw(token, { clientId }));
    } catch (error) {
      throw error instanceof Interrupted ? error : new HostError('withdraw failed', { cause: error });
    }
  }

  const served = endpoint<R, Awaited<ReturnType<typeof respond>>>(options, logger, { respond });
  const close = closeOnce(async (deadline) => ({ requests: await served.close(deadline) }));
  return Object.assign(doors(served, logger), { close });
}
