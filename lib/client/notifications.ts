import { timingSafeEqual } from 'node:crypto';
import { type Answer, errorAnswer } from '../endpoint/answer.js';
import { readBody } from '../endpoint/body.js';
import type { EndpointHandler } from '../endpoint/doors.js';
import { Exchange } from '../endpoint/exchange.js';
import { fetchDoor } from '../endpoint/fetch.js';
import { LateCalls } from '../endpoint/late-calls.js';
import { nodeDoor } from '../endpoint/node.js';
import { isRefusal } from '../endpoint/refusal.js';
import type { EndpointRequest } from '../endpoint/request.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { jsonObject } from './answers.js';
import type { DeliveryMode } from './follow.js';
import { type ApprovalRecord, type Entry, isOpen } from './record.js';
import { type Records, tokenHash } from './records.js';
import { afterError } from './redeem.js';

/** Maximum bytes of a notification. */
const maxBytes = 256_000;
/** Milliseconds that a notification may take. */
const timeout = 10_000;

/**
 * The client's notification endpoint (CIBA Core, 10.2 and 10.3). It stores the notification, then answers the server,
 * and only then fetches the tokens: for servers the ping is delivered once it has been answered.
 *
 * @param resume continues an approval
 */
export function receiver(
  mode: DeliveryMode,
  records: Records,
  resume: (id: string) => void,
  track: (work: Promise<unknown>) => void,
  logger: PackageLogger,
): EndpointHandler {
  const settings = { timeout, lateCalls: new LateCalls(track), challenge: 'Bearer', logger, trace: undefined };

  async function answerTo(exchange: Exchange): Promise<{ answer: Answer; id?: string }> {
    const { request } = exchange;
    if (request.method !== 'POST') return { answer: errorAnswer(405, 'invalid_request', undefined, { Allow: 'POST' }) };
    const entry = await entryFor(request.headers.authorization);
    if (entry === undefined) {
      request.dropBody();
      return { answer: errorAnswer(401, 'invalid_token', undefined, { 'WWW-Authenticate': 'Bearer' }) };
    }
    const body = request.bodyConsumed ? parsedBody(request) : await readBody(exchange, maxBytes);
    if (isRefusal(body)) return { answer: body.answer };
    const json = typeof body === 'object' && !Buffer.isBuffer(body) ? body : jsonObject(String(body));
    const authReqId = json?.auth_req_id;
    if (json === undefined || typeof authReqId !== 'string')
      return refused('the body must be JSON with an auth_req_id');
    const isForeign = isOpen(entry.contents) && (entry.contents.authReqId ?? authReqId) !== authReqId;
    if (isForeign) return refused('the auth_req_id does not belong to this token');
    if (mode === 'push' && json.access_token === undefined && typeof json.error !== 'string') {
      return refused('there is neither a token nor an error');
    }
    const moved = await records.move(entry, (record) => next(record, authReqId, json));
    return { answer: noContent(), ...(moved !== entry && { id: entry.id }) };
  }

  /** The record that has this token. */
  async function entryFor(header: unknown): Promise<Entry | undefined> {
    const token = /^Bearer +([\w\-.~+/]+=*)$/i.exec(String(header))?.[1];
    if (token === undefined || mode === 'poll') return undefined;
    const hash = tokenHash(token);
    const [entry] = await records.byToken(hash);
    return entry && timingSafeEqual(Buffer.from(entry.subject), Buffer.from(hash)) ? entry : undefined;
  }

  function next(record: ApprovalRecord, authReqId: string, json: Record<string, unknown>): ApprovalRecord | undefined {
    if (!isOpen(record) || record.notified !== undefined || record.response !== undefined) return undefined;
    const known = record.authReqId ?? authReqId;
    if (known !== authReqId) return undefined;
    if (mode === 'ping') return { ...record, notified: authReqId };
    const { error, error_description: description } = json;
    if (typeof error === 'string') {
      return afterError(record, error, typeof description === 'string' ? description : undefined);
    }
    const response = { body: JSON.stringify(json), at: Date.now() + (record.skew ?? 0), pushed: true } as const;
    return { ...record, notified: authReqId, response };
  }

  async function serve(request: EndpointRequest): Promise<void> {
    const exchange = new Exchange(request, settings);
    const { answer, id } = await answerTo(exchange).catch((error): Awaited<ReturnType<typeof answerTo>> => {
      logger.error('a notification could not be stored: the server has to send it again', { error });
      return { answer: errorAnswer(503, 'server_error', undefined, { 'Retry-After': '1' }) };
    });
    exchange.end();
    await request.send(answer);
    if (id !== undefined) resume(id);
  }

  const begin = (request: EndpointRequest) => track(serve(request));
  return Object.assign(nodeDoor(begin, logger), { fetch: fetchDoor(begin, timeout, logger) });
}

function noContent(): Answer {
  return { status: 204, headers: { 'Cache-Control': 'no-store' }, body: '' };
}

function refused(description: string): { answer: Answer } {
  return { answer: errorAnswer(400, 'invalid_request', description) };
}

/** The result of the host's body parser. */
function parsedBody({ host }: EndpointRequest): Record<string, unknown> | string | Buffer | undefined {
  const { rawBody, body } = host as { rawBody?: unknown; body?: unknown };
  for (const text of [rawBody, body]) if (Buffer.isBuffer(text) || typeof text === 'string') return text;
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as Record<string, unknown>)
    : undefined;
}
