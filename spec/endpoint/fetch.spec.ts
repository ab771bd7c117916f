import { describe, expect, it } from '@jest/globals';
import {
  authorized,
  type CibaBackchannelOptions,
  type CibaEvent,
  cibaBackchannel,
  cibaToken,
  type HookContext,
  later,
} from 'ciba-backchannel';
import { controlDeadlines, letTimePass } from '../support/deadline.js';
import { deferred, never } from '../support/deferred.js';
import { endpoints, judgement, judging } from '../support/endpoints.js';
import { recordingLogger } from '../support/recording-logger.js';
import { acknowledgement, stubAuthlete, ticket } from '../support/stub-authlete.js';

const url = 'https://as.example.com/backchannel/authentication?x=1';
const form = 'scope=openid&login_hint=alice';
const type = 'application/x-www-form-urlencoded';
const timeout = 5000;
const failed = { ticket, subject: 'alice', result: 'TRANSACTION_FAILED' };

function post(init: RequestInit = {}): Request {
  return new Request(url, { method: 'POST', body: form, headers: { 'Content-Type': type }, ...init });
}

/** A body that never ends, and whether it was cancelled. */
function endless(chunk?: Uint8Array) {
  const cancelled = deferred<unknown>();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (chunk) controller.enqueue(chunk);
      else return never;
    },
    cancel: cancelled.resolve,
  });
  return { request: post({ body, duplex: 'half' } as RequestInit), cancelled: cancelled.promise };
}

function asked(options: Partial<CibaBackchannelOptions<{ subject: string }, Request>> = {}) {
  const authlete = stubAuthlete();
  const events: CibaEvent[] = [];
  const begun = deferred();
  let isBegun = false;
  const ciba = cibaBackchannel<{ subject: string }, Request>({
    authlete,
    identifyUser: () => ({ subject: 'alice' }),
    authenticate: () => {
      isBegun = true;
      begun.resolve();
      return later();
    },
    onEvent: (event) => events.push(event),
    timeout,
    ...options,
  });
  return { authlete, ciba, events, begun: begun.promise, isBegun: () => isBegun };
}

describe('fetch', () => {
  it('needs no this, and takes whatever a framework passes besides', async () => {
    const { fetch: POST } = asked().ciba;
    for (const context of [undefined, null, { params: Promise.resolve({}) }, 7]) {
      expect((await POST(post(), context)).status).toBe(200);
    }
  });

  it('gives its hooks the Request', async () => {
    const seen: unknown[] = [];
    const { ciba } = asked({
      identifyUser: (_request, { req }: HookContext<Request>) => {
        seen.push(req);
        return { subject: 'alice' };
      },
    });
    const request = post();
    await ciba.fetch(request);
    expect(seen).toEqual([request]);
  });

  it('says how long the body is', async () => {
    const response = await asked().ciba.fetch(post());
    expect(response.headers.get('content-length')).toBe(String(acknowledgement.length));
    expect(await response.text()).toBe(acknowledgement);
  });

  it('of the token endpoint has the URL of the Request for DPoP', async () => {
    const authlete = stubAuthlete();
    await cibaToken({ authlete, logger: false }).fetch(post({ headers: { 'Content-Type': type, DPoP: 'a.b.c' } }));
    expect(authlete.requests('token')).toEqual([
      { parameters: form, dpop: 'a.b.c', htm: 'POST', htu: 'https://as.example.com/backchannel/authentication' },
    ]);
  });

  it('takes the certificate from its second argument', async () => {
    const { authlete, ciba } = asked({ clientCertificate: 'tls' });
    const certificate = { clientCertificate: 'leaf', clientCertificatePath: ['ca'] };
    await ciba.fetch(post(), { certificate });
    await ciba.fetch(post(), { certificate: undefined });
    await ciba.fetch(post());
    expect(authlete.requests('backchannelAuthentication')).toEqual([
      { parameters: form, ...certificate },
      { parameters: form },
      { parameters: form },
    ]);
  });
});

describe.each(endpoints)('%s().fetch', (_, endpoint) => {
  const open = (options = {}) => {
    const authlete = stubAuthlete({ [endpoint.api]: { action: 'BAD_REQUEST', responseContent: judgement } });
    return { authlete, ...endpoint.make(authlete, { logger: false, ...options }) };
  };

  it.each([
    ['read', async (request: Request) => void (await request.text())],
    ['being read', async (request: Request) => void request.body?.getReader()],
  ])('answers 500 to a Request whose body is %s already, and tells the host', async (_, spoil) => {
    const logger = recordingLogger();
    const request = post();
    await spoil(request);
    const response = await open({ logger }).fetch(request);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: 'server_error' });
    expect(logger.entries).toContainEqual({
      level: 'error',
      message: 'fetch() was given a Request whose body has been read: give it the Request as it came in',
      details: { error: expect.objectContaining({ name: 'Error' }) },
    });
  });

  it('answers a Request without a body', async () => {
    expect((await open().fetch(post({ body: null }))).status).toBe(400);
    expect((await open().fetch(new Request(url))).status).toBe(405);
    const head = await open().fetch(new Request(url, { method: 'HEAD' }));
    expect([head.status, head.body, head.headers.get('allow')]).toEqual([405, null, 'POST']);
  });

  it('cancels the body of the Request with 413', async () => {
    const { request, cancelled } = endless(new Uint8Array(1000));
    const response = await open().fetch(request);
    expect([response.status, response.headers.get('connection')]).toEqual([413, null]);
    await cancelled;

    const announced = endless();
    announced.request.headers.set('Content-Length', '70000');
    expect((await open().fetch(announced.request)).status).toBe(413);
    await announced.cancelled;
  });

  it('answers 400 when the body of the Request fails', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('of the host')) });
    expect((await open().fetch(post({ body, duplex: 'half' } as RequestInit))).status).toBe(400);
  });

  it('answers a Request that was aborted before it came, without a call to Authlete', async () => {
    const { authlete, fetch } = open();
    const response = await fetch(post({ signal: AbortSignal.abort() }));
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(authlete.calls).toEqual([]);
  });
});

describe('fetch, when the answer', () => {
  controlDeadlines();

  it('is read to its end, has the user asked then and not before', async () => {
    const { ciba, events, begun, isBegun } = asked();
    const response = await ciba.fetch(post());
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe(acknowledgement);
    await new Promise(setImmediate);
    expect([isBegun(), events]).toEqual([false, []]);
    expect((await reader.read()).done).toBe(true);
    await begun;
    expect(events).toEqual([expect.objectContaining({ type: 'issued' })]);
    letTimePass(timeout);
    await new Promise(setImmediate);
    expect(events).toHaveLength(1);
  });

  it.each<[string, (response: Response, client: AbortController) => unknown]>([
    ['is cancelled', (response) => response.body?.cancel()],
    ['is not read in time', () => letTimePass(timeout)],
    ['finds the client gone', (_, client) => client.abort()],
  ])('%s, asks nobody', async (_, leave) => {
    const { authlete, ciba, isBegun } = asked();
    const client = new AbortController();
    const response = await ciba.fetch(post({ signal: client.signal }));
    expect(response.status).toBe(200);
    await leave(response, client);
    expect((await authlete.called('backchannelAuthenticationComplete')).request).toEqual(failed);
    expect(isBegun()).toBe(false);
    // Who was given up does not get the auth_req_id afterwards.
    if (response.body?.locked === false) await expect(response.text()).rejects.toThrow();
  });

  it('is not read yet, is waited for by close()', async () => {
    const { authlete, ciba } = asked({ authenticate: () => authorized() });
    const response = await ciba.fetch(post());
    const closing = ciba.close({ timeout: 60_000 });
    await response.text();
    expect(await closing).toEqual({ transactions: 0, deliveries: 0 });
    expect(authlete.requests('backchannelAuthenticationComplete')).toMatchObject([{ result: 'AUTHORIZED' }]);
  });

  it.each(endpoints)(
    'of %s does not come before the form is complete, cancels the body with 408',
    async (_, endpoint) => {
      const { authlete, middleware } = judging(endpoint, { timeout });
      const { request, cancelled } = endless();
      const answer = middleware.fetch(request);
      await new Promise(setImmediate);
      letTimePass(timeout);
      const response = await answer;
      expect([response.status, response.headers.get('connection')]).toEqual([408, null]);
      await cancelled;
      expect(authlete.calls).toEqual([]);
    },
  );
});

it('fetch answers 503 after close(), without a Connection header', async () => {
  const { authlete, ciba } = asked();
  await ciba.close();
  const response = await ciba.fetch(post());
  expect([response.status, response.headers.get('connection')]).toEqual([503, null]);
  expect(await response.json()).toMatchObject({ error: 'server_error' });
  expect(authlete.calls).toEqual([]);
});
