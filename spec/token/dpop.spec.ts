import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { cibaToken } from 'ciba-backchannel';
import connect from 'connect';
import express from 'express';
import express4 from 'express4';
import { rawClient, rawPost } from '../support/raw-client.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { stubAuthlete } from '../support/stub-authlete.js';

type Listener = (req: IncomingMessage, res: ServerResponse) => void;

const proof = 'a.b.c';
const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'as.example.com:8443, inner.example' };

const behindProxy = (framework: typeof express, trust: boolean) => (token: Listener) => {
  const app = framework();
  app.set('trust proxy', trust);
  app.use('/as', express.Router().use('/token', token));
  return app;
};

/** Sends a request with a proof; gives what Authlete is asked to compare it with. */
async function askedOf(mount: (token: Listener) => Listener, path: string, headers: object = {}, htu?: string) {
  const authlete = stubAuthlete();
  const server = await serving(mount(cibaToken({ authlete, logger: false, ...(htu && { htu }) })));
  const client = await rawClient(server.port);
  client.write(
    rawPost('grant_type=x', { DPoP: proof, Host: 'inner.example:3000', ...headers }).replace('/ ', `${path} `),
  );
  await client.answer();
  const [request] = authlete.requests('token');
  expect(request).toMatchObject({ dpop: proof, htm: 'POST' });
  return request.htu;
}

describe('DPoP: htu', () => {
  it.each<[string, (token: Listener) => Listener, string, string]>([
    ['a bare node:http server', (token) => token, '/as/token?a=b', 'http://inner.example:3000/as/token'],
    [
      'a bare node:http server, with a fragment',
      (token) => token,
      '/as/token#x?a',
      'http://inner.example:3000/as/token',
    ],
    [
      'a bare node:http server, asked in absolute form',
      (token) => token,
      'https://as.example.com/as/token?a=b',
      'http://as.example.com/as/token',
    ],
    [
      'Express 5, asked in absolute form',
      behindProxy(express, false),
      'http://as.example.com/as/token?a',
      'http://as.example.com/as/token',
    ],
    [
      'Express 4 that trusts its proxy, asked in absolute form',
      behindProxy(express4, true),
      'http://as.example.com/as/token?a',
      'https://as.example.com:8443/as/token',
    ],
    ['Connect', (token) => connect().use('/as/token', token), '/as/token?a', 'http://inner.example:3000/as/token'],
    ['Express 5', behindProxy(express, false), '/as/token?a', 'http://inner.example:3000/as/token'],
    ['Express 4', behindProxy(express4, false), '/as/token?a', 'http://inner.example:3000/as/token'],
    [
      'Express 5 that trusts its proxy',
      behindProxy(express, true),
      '/as/token?a',
      'https://as.example.com:8443/as/token',
    ],
    [
      'Express 4 that trusts its proxy',
      behindProxy(express4, true),
      '/as/token?a',
      'https://as.example.com:8443/as/token',
    ],
  ])('is made of the request on %s', async (_, mount, path, htu) => {
    expect(await askedOf(mount, path, forwarded)).toBe(htu);
  });

  it.each([
    [express, 'https://inner.example:3000/as/token'],
    [express4, 'https://inner.example:3000/as/token'],
  ])('has the host of the request when a trusted proxy forwards none', async (framework, htu) => {
    expect(await askedOf(behindProxy(framework, true), '/as/token', { 'X-Forwarded-Proto': 'https' })).toBe(htu);
  });

  it('is the option, whatever the request says', async () => {
    const htu = 'https://as.example.com/token';
    expect(await askedOf((token) => token, '/as/token', forwarded, htu)).toBe(htu);
  });

  it('is warned about once where the option is missing, since any Host is believed', async () => {
    for (const [htu, times] of [
      [undefined, 1],
      ['https://as.example.com/token', 0],
    ] as const) {
      const logger = recordingLogger();
      const token = cibaToken({ authlete: stubAuthlete(), logger, ...(htu && { htu }) });
      const client = await rawClient((await serving(token)).port);
      for (const headers of [{}, { DPoP: proof }, { DPoP: proof }]) {
        client.write(rawPost('grant_type=x', headers as Record<string, string>));
        await client.answer();
      }
      expect(logger.entries.filter(({ level, message }) => level === 'warn' && message.includes('htu'))).toHaveLength(
        times,
      );
    }
  });

  it('is not asked for without a proof', async () => {
    const authlete = stubAuthlete();
    const client = await rawClient((await serving(cibaToken({ authlete, htu: 'https://x/token' }))).port);
    client.write(rawPost('grant_type=x'));
    await client.answer();
    expect(authlete.requests('token')).toEqual([{ parameters: 'grant_type=x' }]);
  });

  it('comes with the wish for a nonce where the host has it, and no wish without a proof', async () => {
    const authlete = stubAuthlete();
    const server = await serving(cibaToken({ authlete, htu: 'https://x/token', dpopNonceRequired: true }));
    const client = await rawClient(server.port);
    for (const headers of [{ DPoP: proof }, {}] as Record<string, string>[]) {
      client.write(rawPost('grant_type=x', headers));
      await client.answer();
    }
    expect(authlete.requests('token')).toEqual([
      { parameters: 'grant_type=x', dpop: proof, htm: 'POST', htu: 'https://x/token', dpopNonceRequired: true },
      { parameters: 'grant_type=x' },
    ]);
  });

  it('comes with all proofs when there are several: Authlete refuses them', async () => {
    const authlete = stubAuthlete();
    const client = await rawClient((await serving(cibaToken({ authlete, logger: false }))).port);
    client.write(rawPost('grant_type=x', { DPoP: 'a.b.c', dpop: 'd.e.f' }));
    await client.answer();
    expect(authlete.requests('token')).toMatchObject([{ dpop: 'a.b.c, d.e.f' }]);
  });
});
