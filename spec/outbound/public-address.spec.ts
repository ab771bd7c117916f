import { createServer, type Server } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';
import { isPublicAddress, publicConnector, tlsOptions } from '../../lib/outbound/public-address.js';
import { makeCertificate } from '../support/certificates.js';

describe('an address', () => {
  it.each([
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '64:ff9b::8.8.8.8',
  ])('is public: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['loopback', '::1'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fdff::1'],
    ['site-local', 'fec0::1'],
    ['link-local', '169.254.169.254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['benchmark', '198.18.0.1'],
    ['documentation', '203.0.113.9'],
    ['documentation', '2001:db8::1'],
    ['IPv4 in IPv6', '::ffff:127.0.0.1'],
    ['IPv4 in IPv6', '::ffff:8.8.8.8'],
    ['IPv4 in IPv6', '::ffff:a00:1'],
    ['IPv4 in IPv6, the old way', '::127.0.0.1'],
    ['NAT64 to loopback', '64:ff9b::127.0.0.1'],
    ['NAT64 to a private address', '64:ff9b::a00:1'],
    ['NAT64 in the local range', '64:ff9b:1::8.8.8.8'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['not an address', 'localhost'],
    ['not an address', ''],
  ])('is not public: %s, %s', (_kind, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('the connector', () => {
  const agents: Agent[] = [];
  const servers: Server[] = [];

  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
    for (const server of servers.splice(0)) server.close();
  });

  function agentWith(lookup?: LookupFunction): Agent {
    const agent = new Agent({ connect: publicConnector({ timeout: 5000, ...(lookup && { lookup }) }) });
    agents.push(agent);
    return agent;
  }

  function resolvingTo(addresses: string[]): LookupFunction {
    return (_hostname, _options, callback) => {
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    };
  }

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
    'http://8.8.8.8/',
    'http://localhost/',
  ])('does not reach %s', async (url) => {
    await expect(request(url, { dispatcher: agentWith() })).rejects.toMatchObject({ code: 'ERR_ADDRESS_NOT_PUBLIC' });
  });

  it('refuses a name if any of its addresses is private', async () => {
    const dispatcher = agentWith(resolvingTo(['8.8.8.8', '10.0.0.1']));
    const answer = request('https://client.example/', { dispatcher });
    await expect(answer).rejects.toMatchObject({
      code: 'ERR_ADDRESS_NOT_PUBLIC',
      message: 'client.example is not a public address, or resolves to one that is not',
    });
  });

  it('refuses a name without addresses', async () => {
    const answer = request('https://client.example/', { dispatcher: agentWith(resolvingTo([])) });
    await expect(answer).rejects.toMatchObject({ code: 'ERR_ADDRESS_NOT_PUBLIC' });
  });

  it('passes on that a name does not resolve', async () => {
    const lookup: LookupFunction = (_hostname, _options, callback) => {
      callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
    };
    const answer = request('https://client.example/', { dispatcher: agentWith(lookup) });
    await expect(answer).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('resolves a name once for each connection, and judges each time anew', async () => {
    let lookups = 0;
    const lookup: LookupFunction = (_hostname, _options, callback) => {
      lookups += 1;
      callback(null, [{ address: `10.0.0.${lookups}`, family: 4 }]);
    };
    const dispatcher = agentWith(lookup);
    for (const connection of [1, 2]) {
      const answer = request('https://rebinding.example/', { dispatcher });
      await expect(answer).rejects.toMatchObject({ code: 'ERR_ADDRESS_NOT_PUBLIC' });
      expect(lookups).toBe(connection);
    }
  });

  it('asks for TLS 1.2 or newer and a certificate that is valid, whatever the environment says', async () => {
    expect(tlsOptions()).toEqual({ minVersion: 'TLSv1.2', rejectUnauthorized: true });
    const { cert, key } = await makeCertificate({
      subject: 'CN=localhost',
      san: [{ type: 'dns', value: 'localhost' }],
    });
    const server = createServer({ cert, key }, (_req, res) => res.end());
    servers.push(server.listen(0, '127.0.0.1'));
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    const untrusting = new Agent({ connect: { ...tlsOptions() } });
    const trusting = new Agent({ connect: { ...tlsOptions(createSecureContext({ ca: cert })) } });
    agents.push(untrusting, trusting);

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
});
