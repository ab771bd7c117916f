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
      subject: 'alice',
      request: {
        client: { id: '123', name: 'Bank teller' },
        bindingMessage: '<b>W4</b>',
        scopes: ['Know who you are', 'Make payments', 'dpv:FraudPrevention'],
        details: [],
        resources: ['https://api.example.com'],
      },
      scopes: ['openid', 'payments', 'dpv:FraudPrevention'],
      acr: 'urn:example:gold',
      receivedAt: expect.any(Number),
      expiresAt: expiresAt.getTime(),
    });
  });

  it('words authorization_details as a person reads them', async () => {
    const otherFields = '{"creditorName":"Ana","instructedAmount":{"currency":"EUR","amount":"123.50"}}';
    const elements = [{ type: 'payment_initiation', actions: ['initiate'], identifier: null, otherFields }];
    sim.authenticate(transaction({ request: { authorizationDetails: { elements } } }));
    expect((await page.next('pending')).request.details).toEqual([
      {
        title: 'Payment',
        lines: [
          { name: 'Amount', value: '123.50 EUR', isAmount: true },
          { name: 'Payee', value: 'Ana' },
          { name: 'Actions', value: 'initiate' },
        ],
      },
    ]);
  });

  it.each([
    ['"amount":"1 000.00"', '1 000.00'],
    ['"amount":1e21', '1e21'],
  ])('shows an amount that it cannot read as it is: %s', async (member, value) => {
    const otherFields = `{"instructedAmount":{"currency":"EUR",${member}}}`;
    sim.authenticate(
      transaction({ request: { authorizationDetails: { elements: [{ type: 'payment_initiation', otherFields }] } } }),
    );
    const [detail] = (await page.next('pending')).request.details;
    expect(detail).toMatchObject({
      lines: expect.arrayContaining([{ name: 'Amount: Amount', value, isAmount: true }]),
    });
  });

  it('tells of a request that does not fit the page, and lets it fail', async () => {
    const decision = sim.authenticate(transaction({ request: { bindingMessage: 'x'.repeat(501) } }));
    const reason = 'the binding message is longer than 500 characters';
    expect(await page.next('refused')).toEqual({ clientName: 'Bank teller', reason });
    expect(await decision).toMatchObject({ result: 'TRANSACTION_FAILED', description: reason });
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

  it.each([
    ['that the hook gave up as too late', new DOMException('too late', 'TimeoutError'), 'expired'],
    ['that the shutdown cut off', new DOMException('the server is shutting down', 'AbortError'), 'ended'],
  ])('tells of a request %s', async (_, reason, outcome) => {
    const controller = new AbortController();
    sim.authenticate(transaction({ signal: controller.signal }));
    controller.abort(reason);
    expect(await page.next('gone')).toEqual({ authReqId: 'id-1', outcome });
  });

  it('tells of a request that close() cuts off, as the last thing', async () => {
    const decision = sim.authenticate(transaction());
    sim.close();
    expect(await page.next('gone')).toEqual({ authReqId: 'id-1', outcome: 'ended' });
    expect(await decision).toMatchObject({ result: 'TRANSACTION_FAILED' });
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
