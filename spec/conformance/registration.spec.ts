import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import { Client } from 'undici';
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

  it('bears four plans of the suite within a minute, and refuses what is more than twice that', async () => {
    const options = { issuer: 'https://as.example.com', clients: [], registration: { initialAccessToken: 'initial' } };
    const authlete = await embeddedAuthlete(options);
    const server = createServer(express().use(registration(authlete))).listen(0, 'localhost');
    await once(server, 'listening');
    // Without TLS, and a hundred at a time on one connection: a spec that has to ask so often.
    const client = new Client(`http://localhost:${(server.address() as AddressInfo).port}`, { pipelining: 100 });
    const headers = { authorization: 'Bearer guessed', 'content-type': 'application/json' };
    const ask = async () => {
      const {
        statusCode,
        headers: received,
        body,
      } = await client.request({ path: '/', method: 'POST', headers, body: '{}' });
      await body.dump();
      return { statusCode, retryAfter: received['retry-after'] };
    };
    const answers = await Promise.all(Array.from({ length: 1250 }, ask));
    expect(answers.filter(({ statusCode }) => statusCode === 401).length).toBeGreaterThan(600);
    expect(await ask()).toEqual({ statusCode: 429, retryAfter: '60' });
    await client.close();
    server.close();
  }, 60_000);
});
