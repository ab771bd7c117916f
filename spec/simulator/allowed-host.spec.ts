import { afterEach, describe, expect, it } from '@jest/globals';
import { type Simulator, simulator } from 'ciba-backchannel/simulator';
import request from 'supertest';
import { rawClient } from '../support/raw-client.js';
import { serving } from '../support/serving.js';
import { transaction } from './support.js';

let sim: Simulator;

afterEach(() => sim.close());

// Of an attacker whose name resolves to 127.0.0.1 the browser says that it is the same origin.
const rebound = { Host: 'evil.example:3000', Origin: 'http://evil.example:3000', 'Sec-Fetch-Site': 'same-origin' };

describe('a page whose host name was rebound to this machine', () => {
  it('decides nothing', async () => {
    sim = simulator();
    sim.authenticate(transaction());
    const decide = () => request(sim).post('/decide').query({ auth_req_id: 'id-1', action: 'allow' });
    const refused = await decide().set(rebound);
    expect(refused.status).toBe(403);
    expect(refused.body.error_description).toContain('allowedHosts');
    await decide().expect(204); // it is still pending
  });

  it.each(['/', '/main.js', '/events'])('reads nothing: %s', async (path) => {
    sim = simulator();
    await request(sim).get(path).set(rebound).expect(403);
  });

  it('sends no request as a client', async () => {
    sim = simulator({ issuer: 'http://localhost', clients: [{ client_id: 'a', client_secret: 'b' }] });
    await request(sim).post('/requests').set(rebound).send({ client_id: 'a' }).expect(403);
  });
});

describe('the name by which the simulator is called', () => {
  const ours = [
    'localhost',
    'LOCALHOST:3000',
    'app.localhost:1',
    '127.0.0.1:80',
    '127.1.2.3',
    '[::1]:3000',
    '[0:0::1]',
  ];
  it.each(ours)('may be one of loopback: %s', async (host) => {
    sim = simulator();
    await request(sim).get('/').set('Host', host).expect(200);
  });

  const foreign = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.1.5', '[::2]'];
  const broken = ['', 'localhost/@evil.example', 'evil.example#localhost', 'x@localhost', 'localhost:port'];
  it.each([...foreign, ...broken])('may not be %j', async (host) => {
    sim = simulator();
    const client = await rawClient((await serving(sim)).port);
    client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect((await client.answer()).status).toBe(403);
    client.leave();
  });

  it('may be one of allowedHosts, with any port', async () => {
    sim = simulator({ allowedHosts: ['dev.example.com', '192.168.1.5'] });
    await request(sim).get('/').set('Host', 'Dev.Example.com:8443').expect(200);
    await request(sim).get('/').set('Host', '192.168.1.5:3000').expect(200);
    await request(sim).get('/').set('Host', 'localhost').expect(200);
    await request(sim).get('/').set('Host', 'www.dev.example.com').expect(403);
  });
});
