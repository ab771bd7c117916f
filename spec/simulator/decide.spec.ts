import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { simulator } from 'ciba-backchannel/simulator';
import request from 'supertest';
import { afterwards, concurrently } from '../support/concurrently.js';
import { transaction } from './support.js';

/** A simulator that is closed when the spec ends. */
function start() {
  const sim = simulator();
  afterwards(async () => sim.close());
  const decide = (query: Record<string, string | string[]>) => request(sim).post('/decide').query(query);
  return { sim, decide };
}

describe('POST /decide', () => {
  it('allows: 204, and the decision is authorized', async () => {
    const { sim, decide } = start();
    const decision = sim.authenticate(transaction());
    const response = await decide({ auth_req_id: 'id-1', action: 'allow' });
    expect(response.status).toBe(204);
    expect(response.text).toBe('');
    expect(await decision).toMatchObject({ result: 'AUTHORIZED', authTime: expect.anything() });
  });

  it('denies: 204, and the decision is denied', async () => {
    const { sim, decide } = start();
    const decision = sim.authenticate(transaction());
    await decide({ auth_req_id: 'id-1', action: 'deny' }).expect(204);
    expect(await decision).toMatchObject({ result: 'ACCESS_DENIED' });
  });

  it('reports the first requested ACR as satisfied', async () => {
    const { sim, decide } = start();
    const decision = sim.authenticate(transaction({ request: { acrs: ['urn:example:gold', 'urn:example:silver'] } }));
    await decide({ auth_req_id: 'id-1', action: 'allow' }).expect(204);
    expect(await decision).toMatchObject({ acr: 'urn:example:gold' });
  });

  it('reports no ACR where none was requested', async () => {
    const { sim, decide } = start();
    const decision = sim.authenticate(transaction());
    await decide({ auth_req_id: 'id-1', action: 'allow' }).expect(204);
    expect(await decision).not.toHaveProperty('acr');
  });

  it('decides the transaction that is named, and no other', async () => {
    const { sim, decide } = start();
    const first = sim.authenticate(transaction({ authReqId: 'first' }));
    const second = sim.authenticate(transaction({ authReqId: 'second' }));
    await decide({ auth_req_id: 'second', action: 'deny' }).expect(204);
    expect(await second).toMatchObject({ result: 'ACCESS_DENIED' });
    await decide({ auth_req_id: 'first', action: 'allow' }).expect(204);
    expect(await first).toMatchObject({ result: 'AUTHORIZED' });
  });

  it('takes a decision that is faster than the hook', async () => {
    const { sim } = start();
    let decision: unknown;
    const response = await request((req: IncomingMessage, res: ServerResponse) => {
      sim(req, res);
      decision = sim.authenticate(transaction());
    })
      .post('/decide')
      .query({ auth_req_id: 'id-1', action: 'allow' });
    expect(response.status).toBe(204);
    expect(await decision).toMatchObject({ result: 'AUTHORIZED' });
  });

  concurrently('answers 404 for an unknown id', async () => {
    const { decide } = start();
    const response = await decide({ auth_req_id: 'unknown', action: 'allow' });
    expect(response.status).toBe(404);
    expect(response.body).toEqual({ error: 'not_found', error_description: expect.any(String) });
    expect(response.text).not.toContain('unknown');
  });

  concurrently('answers 404 the second time', async () => {
    const { sim, decide } = start();
    sim.authenticate(transaction());
    await decide({ auth_req_id: 'id-1', action: 'allow' }).expect(204);
    await decide({ auth_req_id: 'id-1', action: 'deny' }).expect(404);
  });

  concurrently('answers 404 for an expired id, and the transaction has failed', async () => {
    const { sim, decide } = start();
    const decision = sim.authenticate(transaction({ expiresAt: new Date(Date.now() + 20) }));
    expect(await decision).toMatchObject({ result: 'TRANSACTION_FAILED' });
    await decide({ auth_req_id: 'id-1', action: 'allow' }).expect(404);
  });

  concurrently('answers 404 for a transaction whose signal was aborted', async () => {
    const { sim, decide } = start();
    const controller = new AbortController();
    const decision = sim.authenticate(transaction({ signal: controller.signal }));
    controller.abort();
    expect(await decision).toMatchObject({ result: 'TRANSACTION_FAILED' });
    await decide({ auth_req_id: 'id-1', action: 'allow' }).expect(404);
  });

  it.each([
    ['no action', { auth_req_id: 'id-1' }],
    ['an unknown action', { auth_req_id: 'id-1', action: 'approve' }],
    ['two actions', { auth_req_id: 'id-1', action: ['allow', 'deny'] }],
    ['no auth_req_id', { action: 'allow' }],
    ['two ids', { auth_req_id: ['id-1', 'id-2'], action: 'allow' }],
  ])('answers 400 for %s', async (_, query) => {
    const { sim, decide } = start();
    sim.authenticate(transaction());
    const response = await decide(query as Record<string, string>);
    expect(response.status).toBe(400);
    expect(response.body.error).toBe('invalid_request');
  });

  it('answers 405 for GET, so that no link decides', async () => {
    const { sim } = start();
    sim.authenticate(transaction());
    const response = await request(sim).get('/decide').query({ auth_req_id: 'id-1', action: 'allow' });
    expect(response.status).toBe(405);
    expect(response.headers.allow).toBe('POST');
  });
});

describe('authenticate', () => {
  it('does not put on the page what is too late already', async () => {
    const { sim } = start();
    expect(await sim.authenticate(transaction({ signal: AbortSignal.abort() }))).toMatchObject({
      result: 'TRANSACTION_FAILED',
    });
    expect(await sim.authenticate(transaction({ expiresAt: new Date(0) }))).toMatchObject({
      result: 'TRANSACTION_FAILED',
    });
  });

  it('keeps at most 1000 transactions', async () => {
    const { sim } = start();
    for (let number = 0; number < 1000; number += 1) sim.authenticate(transaction({ authReqId: `id-${number}` }));
    expect(await sim.authenticate(transaction({ authReqId: 'one too many' }))).toMatchObject({
      result: 'TRANSACTION_FAILED',
      description: expect.stringContaining('too many'),
    });
  });

  it('lets everything pending fail on close()', async () => {
    const { sim } = start();
    const decision = sim.authenticate(transaction());
    sim.close();
    expect(await decision).toMatchObject({ result: 'TRANSACTION_FAILED' });
    expect(await sim.authenticate(transaction())).toMatchObject({ result: 'TRANSACTION_FAILED' });
  });
});
