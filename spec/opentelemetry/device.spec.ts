import { describe, expect, it } from '@jest/globals';
import { cibaBackchannel, cibaCompletion, transactionId } from 'ciba-backchannel';
import { memoryDeviceStore } from 'ciba-backchannel/device';
import { openTelemetry } from 'ciba-backchannel/opentelemetry';
import { ask } from '../support/asking.js';
import { startDeviceHost } from '../support/device-host.js';
import type { PhoneBrowser } from '../support/phone.js';
import { authReqId, stubAuthlete } from '../support/stub-authlete.js';
import { recordingTelemetry } from '../support/telemetry.js';

const handleKeys = ['k'.repeat(32)];
const id = transactionId(authReqId);

describe('A decision made on the phone', () => {
  it.each<[string, string, (alice: PhoneBrowser) => Promise<{ status: number }>]>([
    ['approved', 'AUTHORIZED', (alice) => alice.approve(id)],
    ['denied', 'ACCESS_DENIED', (alice) => alice.call('deny', { id })],
  ])('and %s at another process is a trace of its own, linked to the request by the row', async (_, result, decide) => {
    const store = memoryDeviceStore();
    const first = recordingTelemetry();
    const { phone } = await startDeviceHost(store);
    const ciba = cibaBackchannel({
      authlete: stubAuthlete(),
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: phone.authenticate,
      handleKeys,
      trace: openTelemetry(first.providers),
    });

    const second = recordingTelemetry();
    const completion = cibaCompletion({
      authlete: stubAuthlete(),
      handleKeys,
      trace: openTelemetry(second.providers),
    });
    const alice = (await startDeviceHost(store, { complete: completion.complete })).browser();
    await alice.setUp();

    expect((await ask(ciba)).status).toBe(200);
    await ciba.idle();
    expect((await decide(alice)).status).toBe(200);
    await completion.close();

    const request = first.span('ciba backchannel_authentication').spanContext();
    expect(second.tree()).toEqual([
      ['authlete backchannelAuthenticationComplete', 'ciba complete'],
      ['ciba complete', undefined],
    ]);
    const complete = second.span('ciba complete');
    expect(complete.attributes).toMatchObject({ 'ciba.transaction.id': id, 'ciba.result': result });
    expect(complete.spanContext().traceId).not.toBe(request.traceId);
    expect(complete.links.map(({ context }) => [context.traceId, context.spanId])).toEqual([
      [request.traceId, request.spanId],
    ]);
  });
});
