import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import request from 'supertest';
import { registration } from '../../examples/fapi/registration.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { type Answer, send } from './messages.js';

describe('the registration endpoint of the example', () => {
  let run: FapiRun;
  beforeAll(async () => {
    run = await startRun({ clients: [], initial_access_token: 'initial' });
  }, 60_000);
  afterAll(() => run?.close());

  function register(json: object, token = 'initial'): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}` };
    return send(run, String(run.metadata.registration_endpoint), { method: 'POST', headers, json });
  }

  it('asks for the initial access token', async () => {
    const { status, headers, body } = await register({}, 'guessed');
    expect([status, body.error]).toEqual([401, 'invalid_token']);
    expect(headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  it('answers metadata that are too long in JSON', async () => {
    const { status, body } = await register({ client_name: 'x'.repeat(65_536) });
    expect([status, body.error]).toEqual([413, 'invalid_client_metadata']);
  });

  it('refuses more requests of one address than a minute may have', async () => {
    const options = { issuer: 'https://as.example.com', clients: [], registration: { initialAccessToken: 'initial' } };
    const app = express().use(registration(await embeddedAuthlete(options), 3));
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await request(app).post('/')).status);
    const { status, headers } = await request(app).post('/');
    expect([...statuses, status]).toEqual([401, 401, 401, 429]);
    expect(headers['retry-after']).toBe('60');
  });
});
