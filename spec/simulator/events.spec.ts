import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Simulator, simulator } from 'ciba-backchannel/simulator';
import request from 'supertest';
import { type EventReader, type Listening, listen, openEvents, transaction } from './support.js';

let sim: Simulator;
let host: Listening;
let page: EventReader;

beforeEach(async () => {
  sim = simulator();
  host = await listen(sim);
  page = await openEvents(`${host.url}/events`);
});

afterEach(async () => {
  page.close();
  sim.close();
  await host.close();
});

function decide(authReqId: string, action: string) {
  return request(host.server).post('/decide').query({ auth_req_id: authReqId, action }).expect(204);
}

describe('GET /events', () => {
  it('begins with what is pending', async () => {
    sim.authenticate(transaction({ authReqId: 'first' }));
    sim.authenticate(transaction({ authReqId: 'second' }));
    const other = await openEvents(`${host.url}/events`);
    const { pending, now } = await other.next('snapshot');
    expect(pending.map(({ authReqId }: { authReqId: string }) => authReqId)).toEqual(['first', 'second']);
    expect(typeof now).toBe('number');
    other.close();
  });

  it('tells of a request as it comes, with what the user has to know', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    sim.authenticate(
      transaction({
        expiresAt,
        request: {
          bindingMessage: '<b>W4</b>',
          scopes: [{ name: 'openid' }, { name: 'payments', description: 'Make payments' }],
          dynamicScopes: [{ name: 'dpv', value: 'dpv:FraudPrevention' }],
          acrs: ['urn:example:gold'],
          resources: ['https://api.example.com'],
        },
      }),
    );
    expect(await page.next('pending')).toEqual({
      authReqId: 'id-1',
      clientName: 'Bank teller',
      subject: 'alice',
      bindingMessage: '<b>W4</b>',
      scopes: [{ name: 'openid' }, { name: 'payments', description: 'Make payments' }, { name: 'dpv:FraudPrevention' }],
      acr: 'urn:example:gold',
      resources: ['https://api.example.com'],
      details: [],
      receivedAt: expect.any(Number),
      expiresAt: expiresAt.getTime(),
    });
  });

  it('names a client without a name by its alias, or else by its number', async () => {
    sim.authenticate(transaction({ request: { clientName: undefined, clientIdAlias: 'teller' } }));
    expect(await page.next('pending')).toMatchObject({ clientName: 'teller' });
    sim.authenticate(transaction({ authReqId: 'id-2', request: { clientName: undefined } }));
    expect(await page.next('pending')).toMatchObject({ clientName: '123' });
  });

  it('shows requested details, those that are specific to the type first', async () => {
    sim.authenticate(
      transaction({
        request: {
          authorizationDetails: {
            elements: [
              {
                type: 'payment_initiation',
                actions: ['initiate', 'status'],
                identifier: null,
                otherFields:
                  '{"instructedAmount":{"currency":"EUR","amount":"123.50"},"urgent":false,"notes":[{"a":1}]}',
              },
              { type: 'broken', otherFields: 'not JSON' },
              { type: 'deep', otherFields: '['.repeat(5000) + ']'.repeat(5000) },
            ],
          },
        },
      }),
    );
    const { details } = await page.next('pending');
    expect(details).toEqual([
      {
        type: 'payment_initiation',
        lines: [
          { name: 'instructedAmount.currency', value: 'EUR' },
          { name: 'instructedAmount.amount', value: '123.50' },
          { name: 'urgent', value: 'false' },
          { name: 'notes.0.a', value: '1' },
          { name: 'actions', value: 'initiate, status' },
        ],
      },
      { type: 'broken', lines: [{ name: 'otherFields', value: 'not JSON' }] },
      { type: 'deep', lines: [{ name: expect.any(String), value: '(nested too deeply to be shown)' }] },
    ]);
  });

  it('tells the page neither the handle nor the hint', async () => {
    sim.authenticate(transaction());
    const event = JSON.stringify(await page.next('pending'));
    expect(event).not.toContain('a-handle');
    expect(event).not.toContain('a secret hint');
  });

  it('tells every page how a request was decided', async () => {
    const other = await openEvents(`${host.url}/events`);
    sim.authenticate(transaction());
    await decide('id-1', 'allow');
    expect(await page.next('gone')).toEqual({ authReqId: 'id-1', outcome: 'approved' });
    expect(await other.next('gone')).toEqual({ authReqId: 'id-1', outcome: 'approved' });
    sim.authenticate(transaction({ authReqId: 'id-2' }));
    await decide('id-2', 'deny');
    expect(await page.next('gone')).toEqual({ authReqId: 'id-2', outcome: 'denied' });
    other.close();
  });

  it('tells of a request that was aborted', async () => {
    const controller = new AbortController();
    sim.authenticate(transaction({ signal: controller.signal }));
    controller.abort();
    expect(await page.next('gone')).toEqual({ authReqId: 'id-1', outcome: 'expired' });
  });

  it('tells of a request that has expired', async () => {
    sim.authenticate(transaction({ expiresAt: new Date(Date.now() + 20) }));
    expect(await page.next('gone')).toEqual({ authReqId: 'id-1', outcome: 'expired' });
  });

  it('is not to be held back by proxies and compression', async () => {
    const response = await fetch(`${host.url}/events`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toContain('no-transform');
    await response.body?.cancel();
  });

  it('refuses more than 32 pages, and takes one again when another has left', async () => {
    const others: EventReader[] = [];
    for (let number = 1; number < 32; number += 1) others.push(await openEvents(`${host.url}/events`));
    expect((await fetch(`${host.url}/events`)).status).toBe(503);

    const controller = new AbortController();
    others.pop()?.close();
    // When the server sees that is its business: ask until there is room.
    let status = 503;
    while (status === 503) ({ status } = await fetch(`${host.url}/events`, { signal: controller.signal }));
    expect(status).toBe(200);
    controller.abort();
    for (const other of others) other.close();
  });

  it('ends on close(), so that the server can end', async () => {
    const response = await fetch(`${host.url}/events`);
    sim.close();
    expect(await response.text()).toMatch(/^event: snapshot\n/);
    // The browser tries again at once: it must not hold the server again.
    expect((await fetch(`${host.url}/events`)).status).toBe(503);
  });
});
