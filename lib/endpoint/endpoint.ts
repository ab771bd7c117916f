import type { ClientCredentials } from '../authlete/types/common-types.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Trace, TraceDetails } from '../telemetry/trace.js';
import type { Deadline } from '../time/deadline.js';
import { inFlight } from '../time/in-flight.js';
import type { Account } from './account.js';
import { type Answer, errorAnswer, errorOf } from './answer.js';
import { parseBodyLimit } from './body-limit.js';
import { type ClientCertificateOption, clientCertificateReader } from './certificate/client-certificate.js';
import { challengeOf } from './challenge.js';
import { clientCredentials } from './credentials.js';
import { Exchange } from './exchange.js';
import { unavailable } from './failure.js';
import { readForm } from './form.js';
import { LateCalls } from './late-calls.js';
import type { ParameterReader } from './parameters.js';
import { isRefusal, Refusal } from './refusal.js';
import type { EndpointRequest } from './request.js';

/** The options that all endpoints have, checked here except `timeout`. */
export interface EndpointOptions<R> {
  bodyLimit?: number | string;
  clientCertificate?: ClientCertificateOption<R>;
  realm?: string;
  timeout?: number;
}

/** Steps 1 and 2: the form, as the client sent it, and the client's credentials beside it. */
export interface ClientRequest extends ClientCredentials {
  parameters: string;
}

/** What an endpoint does with a client's request. Every request ends with an answer. */
export interface EndpointSteps<R, O extends { answer: Answer }> {
  /** If it throws, the error is logged and the answer is `server_error`; it must have cleaned up before. */
  respond(exchange: Exchange<R>, request: ClientRequest): Promise<O | Refusal>;
  /** Reads a form's parameters for hooks; by default as they are in the form. */
  readParameters?: (form: string) => ParameterReader;
  /** @param sent whether the client will get the whole answer, as far as anybody knows */
  finished?(exchange: Exchange<R>, outcome: O | Refusal, sent: boolean): void;
  /** Runs each request as a step under this name. */
  traced?: { trace: Trace | undefined; name: 'backchannelAuthentication' | 'token' };
}

/** An endpoint, independent of the host's kind of request. */
export interface Endpoint<R> {
  serve(request: EndpointRequest<R>): void;
  /** Milliseconds that a request may take. */
  readonly timeout: number;
  readonly lateCalls: LateCalls;
  /**
   * Turns new requests away, and waits until those in flight, and the calls that outlive them, have ended.
   *
   * @returns how many had not ended at the deadline
   */
  close(deadline: Deadline): Promise<number>;
  /** Resolves when no request is in flight, and no call that outlives its request. */
  idle(): Promise<unknown>;
}

/** Node accepts one connection in each turn of its loop, and 511 may wait; their requests are read in the turns after. */
const turnsForBacklog = 520;

/**
 * Builds an endpoint from its steps, with what all endpoints have in common: POST only, an answer before the deadline whatever
 * happens, the form, the credentials.
 */
export function endpoint<R, O extends { answer: Answer }>(
  options: EndpointOptions<R>,
  logger: PackageLogger,
  { respond, finished, traced, readParameters }: EndpointSteps<R, O>,
): Endpoint<R> {
  const { bodyLimit = '64kb', realm = 'CIBA', timeout = 10_000 } = options;
  const trace = traced?.trace;
  const maxBytes = parseBodyLimit(bodyLimit);
  const readCertificate = clientCertificateReader(options.clientCertificate);
  const requests = inFlight();
  const lateCalls = new LateCalls(requests.track);
  const settings = {
    timeout,
    lateCalls,
    challenge: challengeOf('Basic', realm),
    logger,
    trace,
    ...(readParameters && { readParameters }),
  };
  let closed = false;

  async function outcomeOf(exchange: Exchange<R>): Promise<O | Refusal> {
    const { request } = exchange;
    if (request.method !== 'POST') return notPost();
    if (closed) return closing();
    if (lateCalls.full) return unavailable({ description: 'the server is already waiting for too many answers' });
    try {
      const parameters = await readForm(exchange, maxBytes);
      if (isRefusal(parameters)) return parameters;
      exchange.form = parameters;

      const credentials = clientCredentials(request, readCertificate);
      if (isRefusal(credentials)) return credentials;

      // Not a spread: V8 would make a hidden class for each request, and keep it.
      return await respond(exchange, Object.assign(credentials, { parameters }));
    } catch (error) {
      return exchange.failure(error);
    }
  }

  async function serve(request: EndpointRequest<R>, details?: TraceDetails): Promise<void> {
    const exchange = new Exchange(request, settings);
    const outcome = await outcomeOf(exchange);
    exchange.end();
    exchange.account.complete(outcome.answer);
    const sent = await request.send(outcome.answer);
    if (details) note(details, exchange.account, outcome.answer);
    finished?.(exchange, outcome, sent);
  }

  function begin(request: EndpointRequest<R>): Promise<void> {
    if (trace === undefined) return serve(request);
    const details: TraceDetails = { endpoint: traced?.name };
    return trace('request', details, () => serve(request, details));
  }

  return {
    serve: (request) => requests.track(begin(request)),
    timeout,
    lateCalls,
    async close(deadline) {
      closed = true;
      // Otherwise server.close() would drop requests that clients have sent and nobody has read yet.
      await turnsOfTheLoop(turnsForBacklog, deadline);
      return requests.idle(deadline);
    },
    idle: () => requests.idle(),
  };
}

/** Waits for turns of the event loop. Each takes microseconds if nothing happens. */
function turnsOfTheLoop(turns: number, deadline: Deadline): Promise<void> {
  return new Promise((resolve) => {
    let left = turns;
    function turn(): void {
      left -= 1;
      if (left < 0 || deadline.remaining === 0) resolve();
      else setImmediate(turn);
    }
    turn();
  });
}

/** What a trace learns about a request at its end. */
function note(details: TraceDetails, { transaction, clientId, clientIdAlias }: Account, answer: Answer) {
  details.status = answer.status;
  const error = errorOf(answer);
  if (error) details.error = error;
  if (transaction) details.transaction = transaction;
  if (clientId) details.clientId = clientId;
  if (clientIdAlias) details.clientIdAlias = clientIdAlias;
}

function notPost(): Refusal {
  return new Refusal(errorAnswer(405, 'invalid_request', 'the method must be POST', { Allow: 'POST' }));
}

function closing(): Refusal {
  const description = 'the server is shutting down';
  return unavailable({ retryAfter: 1, description, headers: { Connection: 'close' } });
}
