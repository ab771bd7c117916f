import { describe, expect, it } from '@jest/globals';
import { context, SpanStatusCode, trace as traces } from '@opentelemetry/api';
import {
  authorized,
  type CibaBackchannelOptions,
  cibaBackchannel,
  cibaCompletion,
  later,
  reject,
} from 'ciba-backchannel';
import { openTelemetry } from 'ciba-backchannel/opentelemetry';
import { ask } from '../support/asking.js';
import { memoryStore } from '../support/memory-queue.js';
import { authReqId, type Reply, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';
import { recordingTelemetry } from '../support/telemetry.js';

type Options = Partial<CibaBackchannelOptions<{ subject: string }>>;

const handleKeys = ['k'.repeat(32)];
const notification = {
  action: 'NOTIFICATION',
  deliveryMode: 'PING',
  responseContent: `{"auth_req_id":"${authReqId}"}`,
  // No public address: the attempt ends at once.
  clientNotificationEndpoint: 'https://127.0.0.1/callback',
  clientNotificationToken: 'notification-token-of-the-spec',
};

async function asked(options: Options = {}, replies: Record<string, Reply> = {}) {
  const telemetry = recordingTelemetry();
  const ciba = cibaBackchannel({
    authlete: stubAuthlete(replies),
    identifyUser: () => ({ subject: 'alice' }),
    trace: openTelemetry(telemetry.providers),
    handleKeys,
    logger: false,
    ...options,
  });
  const { status } = await ask(ciba);
  await ciba.idle();
  return { status, ...telemetry };
}

describe('A backchannel authentication request', () => {
  it('is a span with its hooks and its calls to Authlete within', async () => {
    const { status, tree, span } = await asked({ policy: [() => undefined] });
    expect(status).toBe(200);
    expect(tree()).toEqual([
      ['authlete backchannelAuthentication', 'ciba backchannel_authentication'],
      ['ciba hook identifyUser', 'ciba backchannel_authentication'],
      ['ciba hook policy', 'ciba backchannel_authentication'],
      ['authlete backchannelAuthenticationIssue', 'ciba backchannel_authentication'],
      ['ciba backchannel_authentication', undefined],
    ]);
    expect(span('ciba backchannel_authentication').attributes).toMatchObject({
      'ciba.endpoint': 'backchannelAuthentication',
      'ciba.client.id': valid.clientId,
      'ciba.transaction.id': expect.stringMatching(/^[\w-]{22}$/),
      'http.response.status_code': 200,
    });
  });

  it('that a hook refuses is not an error, and has the call that tells Authlete', async () => {
    const { tree, span } = await asked({ policy: () => reject('ACCESS_DENIED') });
    expect(tree()).toContainEqual(['authlete backchannelAuthenticationFail', 'ciba backchannel_authentication']);
    expect(span('ciba backchannel_authentication').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('whose hook throws is an error, and so is the hook, without its message', async () => {
    const secret = 'secret-of-the-hook';
    const { span, spans } = await asked({
      identifyUser: () => {
        throw Object.assign(new Error(secret), { code: 'ECONNREFUSED' });
      },
    });
    expect(span('ciba hook identifyUser')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'ECONNREFUSED' },
    });
    expect(span('ciba backchannel_authentication').attributes).toMatchObject({ 'error.type': 'server_error' });
    expect(
      JSON.stringify(spans().map(({ attributes, events, status }) => ({ attributes, events, status }))),
    ).not.toContain(secret);
  });
});

describe('What follows a request', () => {
  it('is traces of their own, linked to it', async () => {
    const { tree, span, points } = await asked(
      { authenticate: () => authorized() },
      {
        backchannelAuthentication: { ...valid, deliveryMode: 'PING' },
        backchannelAuthenticationComplete: notification,
      },
    );
    const request = span('ciba backchannel_authentication').spanContext();
    for (const name of ['ciba hook authenticate', 'ciba complete', 'ciba notify']) {
      const { links, spanContext } = span(name);
      expect(links.map((link) => [link.context.traceId, link.context.spanId])).toEqual([
        [request.traceId, request.spanId],
      ]);
      expect(spanContext.call(span(name)).traceId).not.toBe(request.traceId);
    }
    expect(tree()).toContainEqual(['authlete backchannelAuthenticationComplete', 'ciba complete']);
    expect(span('ciba complete').attributes).toMatchObject({
      'ciba.result': 'AUTHORIZED',
      'ciba.delivery_mode': 'PING',
    });
    expect(span('ciba notify')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'ciba.notification.attempt': 1, 'ciba.error': 'ERR_NOTIFICATION_ENDPOINT' },
    });
    expect(await points('ciba.decision.duration')).toEqual([
      { attributes: { 'ciba.result': 'AUTHORIZED' }, value: expect.objectContaining({ count: 1 }) },
    ]);
    expect(await points('ciba.notification.attempt.duration')).toHaveLength(1);
    expect(await points('ciba.jobs.active')).toEqual([{ attributes: {}, value: 0 }]);
    expect(await points('ciba.jobs.waiting')).toEqual([{ attributes: {}, value: 0 }]);
  });

  it('in another process is linked by the handle, within whatever that process is doing', async () => {
    let handle = '';
    const first = await asked({
      authenticate: (transaction) => {
        handle = transaction.handle;
        return later();
      },
    });
    const request = first.span('ciba backchannel_authentication').spanContext();

    const second = recordingTelemetry();
    const completion = cibaCompletion({
      authlete: stubAuthlete({ backchannelAuthenticationComplete: { action: 'NO_ACTION' } }),
      handleKeys,
      trace: openTelemetry(second.providers),
    });
    const device = second.providers.tracerProvider.getTracer('host').startSpan('POST /device/callback');
    await context.with(traces.setSpan(context.active(), device), () => completion.complete(handle, authorized()));
    device.end();
    await completion.close();

    expect(second.tree()).toEqual([
      ['authlete backchannelAuthenticationComplete', 'ciba complete'],
      ['ciba complete', 'POST /device/callback'],
      ['POST /device/callback', undefined],
    ]);
    expect(second.span('ciba complete').links.map((link) => link.context.spanId)).toEqual([request.spanId]);
  });
});

describe('Jobs in memory', () => {
  const push = { backchannelAuthentication: { ...valid, deliveryMode: 'PUSH' } };

  it('are counted while they wait, and no longer when they have ended', async () => {
    const telemetry = recordingTelemetry();
    const handles: string[] = [];
    let tickets = 0;
    const ciba = cibaBackchannel({
      authlete: stubAuthlete({
        backchannelAuthentication: () => {
          tickets += 1;
          return { ...push.backchannelAuthentication, ticket: `ticket-${tickets}` };
        },
      }),
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: ({ handle }) => {
        handles.push(handle);
        return later();
      },
      trace: openTelemetry(telemetry.providers),
      logger: false,
    });
    const waiting = async () => (await telemetry.points('ciba.jobs.waiting')).map(({ value }) => value);
    for (let i = 0; i < 3; i += 1) await ask(ciba);
    // The expiries of the transactions, none of which is due.
    expect(await waiting()).toEqual([3]);
    expect(await telemetry.points('ciba.jobs.active')).toEqual([]);
    await ciba.complete(handles[0] ?? '', authorized());
    expect(await waiting()).toEqual([2]);
    await ciba.close();
    expect(await waiting()).toEqual([0]);
  });

  it("are not those of a queue, which are no process's own", async () => {
    const queue = memoryStore().queue();
    const { status, points } = await asked({ queue, authenticate: () => later() }, push);
    expect(status).toBe(200);
    expect(await points('ciba.jobs.waiting')).toEqual([]);
  });
});

describe('No secret', () => {
  it('is in any attribute', async () => {
    const { spans, points } = await asked(
      { authenticate: () => authorized({ accessToken: 'access-token-of-the-spec' }) },
      {
        backchannelAuthentication: { ...valid, deliveryMode: 'PING' },
        backchannelAuthenticationComplete: notification,
      },
    );
    const text = JSON.stringify([
      spans().map(({ name, attributes, events }) => ({ name, attributes, events })),
      await points('ciba.request.duration'),
    ]);
    for (const secret of [
      ticket,
      authReqId,
      valid.userCode,
      valid.hint,
      'notification-token',
      'access-token',
      'alice',
    ]) {
      expect(text).not.toContain(secret);
    }
  });
});
