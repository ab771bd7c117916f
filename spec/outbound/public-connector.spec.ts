import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as undici from 'undici';
import { connector, publicConnector } from '../../lib/outbound/connectors.js';
import { publicLookup } from '../../lib/outbound/public-lookup.js';
import { makeCertificate } from '../support/certificates.js';
import { type DnsAnswer, type DnsServer, startDnsServer } from '../support/dns-server.js';

const { request } = undici;
const agents: undici.Agent[] = [];
const servers: (Server | DnsServer)[] = [];

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
  for (const server of servers.splice(0)) server.close();
});

function agentWith(connect: undici.buildConnector.connector): undici.Agent {
  const agent = new undici.Agent({ connect });
  agents.push(agent);
  return agent;
}

function publicAgent(limit = 5000): undici.Agent {
  return agentWith(publicConnector(undici, { timeout: 5000, lookup: publicLookup(limit).lookup }));
}

async function dns(answer: (name: string) => DnsAnswer): Promise<DnsServer> {
  const server = await startDnsServer(answer);
  servers.push(server);
  return server;
}

describe('the public connector', () => {
  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.0.0.1./',
    'https://①②⑦.0.0.1/',
    'https://0/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[fd00::1]/',
    'https://localhost/',
    'https://api.localhost./',
    'http://8.8.8.8/',
    'http://localhost/',
  ])('does not reach %s', async (url) => {
    await expect(request(url, { dispatcher: publicAgent() })).rejects.toMatchObject({ code: 'ERR_ADDRESS_NOT_PUBLIC' });
  });

  it('refuses a name if any of its addresses is private', async () => {
    await dns(() => ['8.8.8.8', '10.0.0.1']);
    await expect(request('https://client.example/', { dispatcher: publicAgent() })).rejects.toMatchObject({
      code: 'ERR_ADDRESS_NOT_PUBLIC',
      message: 'client.example is not a public address, or resolves to one that is not',
    });
  });

  it('passes on that a name does not resolve', async () => {
    await dns(() => []);
    const answer = request('https://client.example/', { dispatcher: publicAgent() });
    await expect(answer).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('looks a name up for each connection, and judges each time anew', async () => {
    let asked = 0;
    const { questions } = await dns(() => {
      asked += 1;
      return [`10.0.0.${asked}`];
    });
    const dispatcher = publicAgent();
    await expect(request('https://client.example/', { dispatcher })).rejects.toThrow('not a public address');
    await expect(request('https://client.example/', { dispatcher })).rejects.toThrow('not a public address');
    expect(questions.filter((question) => question === 'A client.example')).toHaveLength(2);
  });

  it('looks a name up once for all connections that wait for it, and gives up a server that is silent', async () => {
    const { questions } = await dns(() => 'silence');
    // Waits begin together; several agents share a process, not a look-up.
    const dispatcher = publicAgent(300);
    const answers = Array.from({ length: 5 }, (_, i) => request(`https://silent.example:${4430 + i}/`, { dispatcher }));
    for (const { status, reason } of (await Promise.allSettled(answers)) as PromiseRejectedResult[]) {
      expect([status, reason.code]).toEqual(['rejected', 'ECANCELLED']);
    }
    expect(questions.sort()).toEqual(['A silent.example', 'AAAA silent.example']);
  });

  it('stops looking up when it is told to', async () => {
    await dns(() => 'silence');
    const { lookup, cancel } = publicLookup(60_000);
    const answer = request('https://silent.example/', {
      dispatcher: agentWith(publicConnector(undici, { timeout: 60_000, lookup })),
    });
    // undici connects in a later turn of the loop.
    setImmediate(() => setImmediate(cancel));
    await expect(answer).rejects.toMatchObject({ code: 'ECANCELLED' });
  });
});

it('connections verify certificates whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
  const { cert, key } = await makeCertificate({
    subject: 'CN=localhost',
    san: [{ type: 'dns', value: 'localhost' }],
  });
  const server = createServer({ cert, key }, (_req, res) => res.end());
  servers.push(server.listen(0, '127.0.0.1'));
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const untrusting = agentWith(connector(undici, { timeout: 5000 }));
  const trusting = agentWith(connector(undici, { timeout: 5000, secureContext: createSecureContext({ ca: cert }) }));

  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    const refused = request(url, { dispatcher: untrusting });
    await expect(refused).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
  const { statusCode, body } = await request(url, { dispatcher: trusting });
  await body.dump();
  expect(statusCode).toBe(200);
});
