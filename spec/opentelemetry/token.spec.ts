import { describe, expect, it } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import { cibaToken } from 'ciba-backchannel';
import { openTelemetry } from 'ciba-backchannel/opentelemetry';
import { AskedSignal } from '../support/asked-signal.js';
import { ask } from '../support/asking.js';
import { type Reply, stubAuthlete } from '../support/stub-authlete.js';
import { recordingTelemetry } from '../support/telemetry.js';

async function traced(token: Reply, otherGrant?: () => never) {
  const telemetry = recordingTelemetry();
  const trace = openTelemetry(telemetry.providers);
  const endpoint = cibaToken({
    authlete: stubAuthlete({ token }),
    trace,
    logger: false,
    ...(otherGrant && { otherGrant }),
  });
  const { status } = await ask(endpoint);
  return { status, ...telemetry };
}

describe('A token request', () => {
  it('is a span with the call to Authlete within', async () => {
    const { tree, span } = await traced({ action: 'OK', resultCode: 'A050001', responseContent: '{}', clientId: '7' });
    expect(tree()).toEqual([
      ['authlete token', 'ciba token'],
      ['ciba token', undefined],
    ]);
    expect(span('ciba token').attributes).toEqual({
      'ciba.endpoint': 'token',
      'ciba.client.id': '7',
      'http.response.status_code': 200,
    });
    expect(span('authlete token').attributes).toEqual({
      'authlete.api': 'token',
      'authlete.action': 'OK',
      'authlete.result_code': 'A050001',
    });
    expect(span('ciba token').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('that fails because of the client is not an error', async () => {
    const responseContent = '{"error":"authorization_pending"}';
    const { span } = await traced({ action: 'BAD_REQUEST', responseContent });
    expect(span('ciba token').status.code).toBe(SpanStatusCode.UNSET);
    expect(span('ciba token').attributes).toMatchObject({
      'http.response.status_code': 400,
      'ciba.error': 'authorization_pending',
    });
  });

  it('that Authlete does not answer is an error, and so is the call', async () => {
    const { span } = await traced(() => Promise.reject(Object.assign(new Error('secret'), { code: 'ERR_X' })));
    expect(span('authlete token')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'ERR_X' },
      events: [],
    });
    expect(span('ciba token')).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'http.response.status_code': 500, 'error.type': 'server_error' },
    });
  });

  it('has a span for the hook', async () => {
    const { tree, span } = await traced({ action: 'PASSWORD' }, () => {
      throw new TypeError('secret');
    });
    expect(tree()).toContainEqual(['ciba hook otherGrant', 'ciba token']);
    expect(span('ciba hook otherGrant').attributes).toEqual({ 'ciba.hook': 'otherGrant', 'error.type': 'TypeError' });
  });

  it('is measured, by outcome', async () => {
    const { points } = await traced({ action: 'BAD_REQUEST', responseContent: '{"error":"slow_down"}' });
    expect(await points('ciba.request.duration')).toEqual([
      {
        attributes: { 'ciba.endpoint': 'token', 'http.response.status_code': 400, 'ciba.error': 'slow_down' },
        value: expect.objectContaining({ count: 1 }),
      },
    ]);
    expect(await points('authlete.call.duration')).toEqual([
      {
        attributes: { 'authlete.api': 'token', 'authlete.action': 'BAD_REQUEST' },
        value: expect.objectContaining({ count: 1 }),
      },
    ]);
  });
});

describe('A poll', () => {
  it('is counted while it is held', async () => {
    const { providers, points } = recordingTelemetry();
    const signal = new AskedSignal();
    const token = cibaToken({
      authlete: stubAuthlete({ token: { action: 'OK', responseContent: '{}' } }),
      longPolling: { signal },
      trace: openTelemetry(providers),
    });
    signal.issue('a');
    const arrived = signal.nextPoll();
    const body = new URLSearchParams({ grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: 'a' });
    const answer = token.fetch(new Request('https://as.example.com/token', { method: 'POST', body }));
    await arrived;
    expect(await points('ciba.polls.held')).toEqual([{ attributes: {}, value: 1 }]);
    signal.decide('a');
    expect((await answer).status).toBe(200);
    expect(await points('ciba.polls.held')).toEqual([{ attributes: {}, value: 0 }]);
  });
});

describe('openTelemetry', () => {
  it.each([{ tracerProvider: {} }, { meterProvider: 7 }, { tracer: {} }])('refuses %p', (options) => {
    expect(() => openTelemetry(options as never)).toThrow(expect.objectContaining({ name: 'TypeError' }));
  });

  it('works without any SDK', async () => {
    const { status } = await ask(cibaToken({ authlete: stubAuthlete(), trace: openTelemetry() }));
    expect(status).toBe(200);
  });
});
