import { afterEach, describe, expect, it } from '@jest/globals';
import { type Simulator, simulator } from 'ciba-backchannel/simulator';
import request from 'supertest';
import { transaction } from './support.js';

let sim: Simulator;

afterEach(() => sim.close());

const host = 'localhost:3000';

const refused: [string, Record<string, string>][] = [
  ['a page of another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
  ['a page on another port of the same host', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:8080' }],
  ['a browser that does not know Sec-Fetch-Site', { Origin: 'https://evil.example' }],
  ['another port, without Sec-Fetch-Site', { Origin: 'http://localhost:8080' }],
  ['a sandboxed page', { Origin: 'null' }],
  ['an Origin that is none', { Origin: 'evil' }],
];

const accepted: [string, Record<string, string>][] = [
  ['a script', {}],
  ['the page itself', { 'Sec-Fetch-Site': 'same-origin', Origin: `http://${host}` }],
  [
    'the page itself behind a proxy that changes Host',
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://public.example' },
  ],
  ['the page itself, without Sec-Fetch-Site', { Origin: `http://${host}` }],
];

describe('a decision', () => {
  it.each(refused)('of %s is refused', async (_, headers) => {
    sim = simulator();
    sim.authenticate(transaction());
    const response = await decide().set(headers);
    expect(response.status).toBe(403);
    await decide().expect(204); // it is still pending
  });

  it.each(accepted)('of %s is accepted', async (_, headers) => {
    sim = simulator();
    sim.authenticate(transaction());
    await decide().set(headers).expect(204);
  });
});

describe('a request of the consumption device', () => {
  it.each(refused)('of %s is refused', async (_, headers) => {
    sim = simulator({ issuer: 'http://localhost', clients: [{ client_id: 'a', client_secret: 'b' }] });
    const response = await request(sim).post('/requests').set('Host', host).set(headers).send({ client_id: 'a' });
    expect(response.status).toBe(403);
  });
});

function decide() {
  return request(sim).post('/decide').set('Host', host).query({ auth_req_id: 'id-1', action: 'allow' });
}
