import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { authleteClient, cibaCompletion, type NotificationOptions } from 'ciba-backchannel';
import { bypass } from '../../lib/outbound/no-proxy.js';
import { makeCertificate } from '../support/certificates.js';
import { stubAuthlete } from '../support/complete-stub.js';
import { afterwards } from '../support/concurrently.js';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.js';
import { delivering, deliveringSpecs } from '../support/delivering.js';
import { startReceiver, statuses } from '../support/receiver.js';
import { recordingLogger } from '../support/recording-logger.js';

deliveringSpecs();

const variables = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'];
afterEach(() => {
  for (const name of variables) delete process.env[name];
});

async function proxyThat(answer: Parameters<typeof startConnectProxy>[0]): Promise<ConnectProxy> {
  const proxy = await startConnectProxy(answer);
  afterwards(proxy.close);
  return proxy;
}

async function authleteOnLoopback() {
  const headers: object[] = [];
  const server = createServer((req, res) => {
    headers.push(req.headers);
    res.end('{"action":"OK"}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  afterwards(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, headers };
}

function client(options: Partial<Parameters<typeof authleteClient>[0]>, baseUrl = 'http://authlete.example') {
  const made = authleteClient({ baseUrl, serviceId: '1', accessToken: 'secret', ...options } as never);
  afterwards(made.close);
  return made;
}

const withPassword = ({ host }: ConnectProxy) => `http://ops:p%40ss@${host}`;

describe('authleteClient({ proxy })', () => {
  it('calls Authlete through the proxy, which alone gets its credentials', async () => {
    const authlete = await authleteOnLoopback();
    const proxy = await proxyThat(() => authlete);
    const { token } = client({ proxy: withPassword(proxy) });
    for (let i = 0; i < 5; i += 1) expect(await token({ parameters: '' })).toEqual({ action: 'OK' });

    expect(new Set(proxy.tunnels.map(({ authority }) => authority))).toEqual(new Set(['authlete.example:80']));
    // Connections are kept.
    expect(proxy.tunnels.length).toBeLessThan(5);
    expect(proxy.tunnels[0]?.headers).toMatchObject({
      host: 'authlete.example:80',
      'proxy-authorization': `Basic ${btoa('ops:p@ss')}`,
    });
    expect(authlete.headers).toHaveLength(5);
    expect(authlete.headers[0]).not.toHaveProperty('proxy-authorization');
  });

  it("takes 'env', and goes past the proxy where NO_PROXY says so", async () => {
    const authlete = await authleteOnLoopback();
    const proxy = await proxyThat(() => authlete);
    process.env.HTTP_PROXY = proxy.host;
    process.env.NO_PROXY = 'localhost, .internal.example';
    await client({ proxy: 'env' }).token({ parameters: '' });
    await client({ proxy: 'env' }, `http://localhost:${authlete.port}`).token({ parameters: '' });
    expect(proxy.tunnels.map(({ authority }) => authority)).toEqual(['authlete.example:80']);
    expect(authlete.headers).toHaveLength(2);
  });

  it('is unreachable behind a proxy that refuses, and says so without the credentials', async () => {
    const proxy = await proxyThat(() => ({ status: 407 }));
    const error = await client({ proxy: withPassword(proxy) })
      .token({ parameters: '' })
      .catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_AUTHLETE_UNREACHABLE',
      message: expect.stringContaining(
        `the proxy ${proxy.host} refuses a connection to authlete.example:80 with status 407`,
      ),
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/p@ss|p%40ss|b3BzOnBAc3M/);
  });

  it('is unreachable behind a proxy that is not there', async () => {
    const proxy = await startConnectProxy(() => 'hang');
    await proxy.close();
    const answer = client({ proxy: proxy.url }).token({ parameters: '' });
    await expect(answer).rejects.toMatchObject({ code: 'ERR_AUTHLETE_UNREACHABLE' });
  });

  it('gives up a proxy that hangs', async () => {
    const proxy = await proxyThat(() => 'hang');
    const answer = client({ proxy: proxy.url, timeout: 200 }).token({ parameters: '' });
    await expect(answer).rejects.toMatchObject({ code: 'ERR_AUTHLETE_TIMEOUT' });
  });
});

describe('notifications: { proxy }', () => {
  async function clientExample() {
    const { cert, key } = await makeCertificate({
      subject: 'CN=client.example',
      san: [{ type: 'dns', value: 'client.example' }],
    });
    const receiver = await startReceiver(statuses(204), { cert, key });
    afterwards(receiver.close);
    return { receiver, port: Number(new URL(receiver.url).port), tls: { ca: cert } };
  }

  const strict: NotificationOptions = { allow: () => false };

  it('deliver to names that only the proxy can look up', async () => {
    const { port, tls, receiver } = await clientExample();
    const proxy = await proxyThat(() => ({ port }));
    const { deliver } = delivering({ ...strict, tls, proxy: withPassword(proxy) });
    expect(await deliver('https://client.example/cb')).toMatchObject({ delivered: true, status: 204 });
    expect(proxy.tunnels).toMatchObject([{ authority: 'client.example:443' }]);
    expect(receiver.received[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it.each(['https://10.0.0.1/cb', 'https://[::1]/cb', 'https://localhost/cb', 'http://client.example/cb'])(
    'refuse %s as without a proxy',
    async (endpoint) => {
      const proxy = await proxyThat(() => ({ status: 500 }));
      const { deliver } = delivering({ ...strict, proxy: proxy.url });
      const error = { code: 'ERR_NOTIFICATION_ENDPOINT' };
      expect(await deliver(endpoint)).toMatchObject({ delivered: false, error });
      expect(proxy.tunnels).toEqual([]);
    },
  );

  it('are repeated when the proxy has refused or hung', async () => {
    const { port, tls } = await clientExample();
    const proxy = await proxyThat((_, nth) => (nth === 1 ? { status: 502 } : nth === 2 ? 'hang' : { port }));
    const logger = recordingLogger();
    const { deliver } = delivering({ ...strict, tls, proxy: withPassword(proxy), timeout: 500 }, logger);
    expect(await deliver('https://client.example/cb')).toMatchObject({ delivered: true, attempts: 3 });
    expect(inspect(logger, { depth: 9 })).toContain('refuses a connection to client.example:443 with status 502');
    expect(inspect(logger, { depth: 9, showHidden: true })).not.toMatch(/p@ss|p%40ss|b3BzOnBAc3M/);
  });
});

describe('the option', () => {
  const wrong = [
    'proxy.example:3128',
    'socks5://secret@proxy.example',
    'http://ops:secret%@proxy.example',
    'http://secret.example/path',
    '',
    7,
    null,
  ];

  it.each(wrong)('refuses %p, by name and without showing it', (proxy) => {
    const take = [
      () => client({ proxy: proxy as string }),
      () =>
        cibaCompletion({ authlete: stubAuthlete(), handleKeys: ['k'.repeat(32)], notifications: { proxy } as never }),
    ];
    for (const [i, make] of take.entries()) {
      expect(make).toThrow(TypeError);
      expect(make).toThrow(i === 0 ? /^proxy must be/ : /^notifications\.proxy must be/);
      expect(make).not.toThrow(/secret/);
    }
  });

  it('names the variable of the environment that is wrong', () => {
    process.env.HTTPS_PROXY = 'socks5://secret.example';
    expect(() => client({ proxy: 'env' })).toThrow(/^proxy: the variable HTTPS_PROXY must be/);
  });

  it.each([
    ['*', 'as.example', 443, true],
    ['as.example', 'as.example', 443, true],
    ['as.example', 'AS.example.', 443, true],
    ['as.example', 'x.as.example', 443, true],
    ['as.example', 'gas.example', 443, false],
    ['.as.example', 'x.as.example', 443, true],
    ['*.as.example', 'x.as.example', 443, true],
    ['as.example:8443', 'as.example', 8443, true],
    ['as.example:8443', 'as.example', 443, false],
    ['10.0.0.0/8', '10.1.2.3', 443, true],
    ['10.0.0.0/8', '11.1.2.3', 443, false],
    ['10.0.0.0/99', '10.1.2.3', 443, false],
    ['fd00::/8', 'fd00::7', 443, true],
    ['::1', '::1', 443, true],
    ['[::1]:8443', '::1', 8443, true],
    ['a, ,b c', 'c', 443, true],
    ['', 'as.example', 443, false],
  ])('NO_PROXY=%s: %s, port %i, goes past the proxy: %p', (list, hostname, port, past) => {
    expect(bypass(list)({ protocol: 'https:', hostname, port })).toBe(past);
  });
});
