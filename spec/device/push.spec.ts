import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { AuthenticationDeviceOptions } from 'ciba-backchannel/device';
import { importJWK, jwtVerify } from 'jose';
import { afterwards, concurrently } from '../support/concurrently.js';
import { startConnectProxy } from '../support/connect-proxy.js';
import { deferred } from '../support/deferred.js';
import { type DeviceHost, deviceHost } from '../support/device-host.js';
import { startDnsServer } from '../support/dns-server.js';
import type { PhoneBrowser } from '../support/phone.js';
import { type PushService, startPushService, vapidKeys } from '../support/push-service.js';

const vapid = vapidKeys();

/** A push service, and a host with the phone of one user, set up and subscribed. */
async function start(
  options: Partial<AuthenticationDeviceOptions> = {},
  push: Partial<AuthenticationDeviceOptions['push']> = {},
): Promise<DeviceHost & { phone1: PhoneBrowser; service: PushService }> {
  const service = await startPushService();
  const host = await deviceHost({
    push: { subject: 'mailto:ops@bank.example', ...vapid, allow: (url) => url.origin === service.origin, ...push },
    ...options,
  });
  afterwards(async () => {
    await host.close();
    await service.close();
  });
  const phone1 = host.browser();
  await phone1.setUp();
  const { status, body } = await phone1.call('push', { subscription: service.subscribe() });
  expect([status, body.phone.push, body.pushKey]).toEqual([200, true, vapid.publicKey]);
  return { ...host, phone1, service };
}

describe('A push', () => {
  it('carries the id of the request and nothing else, encrypted for the phone', async () => {
    const { ask, service } = await start();
    const { id } = await ask({ lifetime: 120_000 });
    await service.received(1);
    const [{ headers, text }] = service.pushes as [PushService['pushes'][number]];
    expect(JSON.parse(text)).toEqual({ request: id });
    expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'high', topic: id });
    expect(Number(headers.ttl)).toBeGreaterThan(110);
    expect(Number(headers.ttl)).toBeLessThanOrEqual(120);
  });

  it('is signed with the VAPID key for the origin of the push service', async () => {
    const { ask, service } = await start();
    await ask();
    await service.received(1);
    const [, token = '', k] = /^vapid t=([^,]+), k=(.+)$/.exec(service.pushes[0]?.headers.authorization ?? '') ?? [];
    expect(k).toBe(vapid.publicKey);
    const point = Buffer.from(vapid.publicKey, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
    const key = await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256');
    const { payload } = await jwtVerify(token, key, { audience: service.origin });
    expect(payload.sub).toBe('mailto:ops@bank.example');
  });

  it('goes to each of the user’s phones that has subscribed, and to nobody else’s', async () => {
    const { ask, browser, service } = await start();
    for (const user of ['alice', 'mallory']) {
      const other = browser({ user });
      if (user === 'alice') other.headers['x-session'] = 'alice; stepped-up';
      await other.setUp();
      await other.call('push', { subscription: service.subscribe() });
    }
    service.pushes.length = 0;
    const { id } = await ask();
    await service.received(2);
    expect(service.pushes.map(({ text }) => text)).toEqual(Array(2).fill(JSON.stringify({ request: id })));
  });

  it.each([404, 410])('that is answered with %i removes the subscription, and the link is sent', async (status) => {
    const linked = deferred<string>();
    const { ask, phone1, service } = await start({ link: ({ url }) => linked.resolve(url) });
    service.answers.push({ status });
    const { id } = await ask();
    expect(await linked.promise).toContain(id);
    expect((await phone1.call('state')).body.phone.push).toBe(false);
  });

  concurrently('is repeated after any other failure, with the same topic', async () => {
    const { ask, phone1, service } = await start();
    service.answers.push({ status: 503 }, { status: 429, headers: { 'retry-after': '0' } });
    const { id } = await ask();
    await service.received(3);
    expect(service.pushes.map(({ headers }) => headers.topic)).toEqual([id, id, id]);
    expect((await phone1.call('state')).body.phone.push).toBe(true);
  });

  concurrently('is not repeated once the request was decided', async () => {
    const { ask, phone1, logger, service } = await start();
    service.answers.push({ status: 503, headers: { 'retry-after': '1' } });
    const { id } = await ask();
    await service.received(1);
    await phone1.call('deny', { id });
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(service.pushes.map(({ text }) => JSON.parse(text))).toEqual([{ request: id }, { ended: id }]);
    expect(logger.text()).not.toContain('Error');
  });

  it('is not sent to a host whose address is not public', async () => {
    const dns = await startDnsServer(() => ['127.0.0.1']);
    afterwards(async () => dns.close());
    const { ask, logger, phone1, service } = await start();
    const { endpoint, keys } = service.subscribe();
    const at = (origin: string) => ({ subscription: { endpoint: endpoint.replace('http://127.0.0.1', origin), keys } });
    // This one needs no look-up.
    expect((await phone1.call('push', at('https://localhost'))).status).toBe(400);
    expect((await phone1.call('push', at('https://push.example'))).status).toBe(200);
    await ask({ lifetime: 500 });
    while (!logger.text().includes('a push was not accepted')) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(logger.text()).toContain('ERR_ADDRESS_NOT_PUBLIC');
    expect(service.pushes).toEqual([]);
  });

  it('goes through the proxy that leads to push services', async () => {
    const proxy = await startConnectProxy((authority) => ({ port: Number(authority.split(':')[1]) }));
    afterwards(proxy.close);
    const { ask, service } = await start({}, { proxy: proxy.url });
    await ask();
    await service.received(1);
    expect(proxy.tunnels).toMatchObject([{ authority: new URL(service.origin).host }]);
  });

  it('tells the user’s other phones of a phone that is new or removed', async () => {
    const { browser, phone1, service } = await start();
    const second = browser({ authenticator: phone1.authenticator });
    await second.signIn('Second');
    await service.received(1);
    expect(JSON.parse(service.pushes[0]?.text ?? '')).toEqual({ change: expect.any(String) });
  });
});

describe('A push service that refuses for good', () => {
  it.each([400, 403, 413])('with %i is asked once, what it says is logged, and the link is sent', async (status) => {
    const linked = deferred<string>();
    const { ask, logger, phone1, service } = await start({ link: ({ url }) => linked.resolve(url) });
    service.answers.push({ status, body: 'the VAPID key has changed' });
    const { id } = await ask();
    expect(await linked.promise).toContain(id);
    expect(logger.text()).toContain('the VAPID key has changed');
    expect((await phone1.call('state')).body.phone.push).toBe(true);
    expect(service.pushes).toHaveLength(1);
  });
});

describe('A push that nobody takes within ten seconds', () => {
  concurrently('is repeated, and the link is sent as well', async () => {
    const linked = deferred<string>();
    const { ask, service } = await start({ link: ({ url }) => linked.resolve(url) });
    service.answers.push(...Array.from({ length: 9 }, () => ({ status: 503 })));
    const { id } = await ask();
    expect(await linked.promise).toContain(id);
  });
});

describe('A user whose push services hang', () => {
  it('has a hundred pushes on their way at most; those of others are sent', async () => {
    const { ask, browser, logger, phone1, service } = await start({}, { allow: () => true });
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    afterwards(async () => {
      silent.closeAllConnections();
      silent.close();
    });
    const hang = async (phone: PhoneBrowser) => {
      const { keys } = service.subscribe();
      const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/${keys.auth}`;
      await phone.call('push', { subscription: { endpoint, keys } });
    };
    const phones = [phone1, ...Array.from({ length: 7 }, () => browser())];
    await phone1.call('push', { subscription: null });
    for (const phone of phones.slice(1)) await phone.setUp();
    for (const phone of phones) await hang(phone);
    for (let request = 0; request < 13; request += 1) await ask({ clientId: `client-${request}` });
    const refused = () => logger.entries.filter(({ message }) => message.startsWith('too many pushes'));
    expect(refused()).toHaveLength(8 * 13 - 100);

    const bob = browser({ user: 'bob' });
    await bob.setUp();
    await bob.call('push', { subscription: service.subscribe() });
    const { id } = await ask({ subject: 'bob' });
    await service.received(1);
    expect(service.pushes.map(({ text }) => JSON.parse(text))).toEqual([{ request: id }]);
  });
});

describe('A browser that was the phone of one user, and becomes that of another', () => {
  it('gets no more pushes for the first', async () => {
    const changes: string[] = [];
    const { ask, phone1, service } = await start({
      onChange: ({ type, subject }) => changes.push(`${type} of ${subject}`),
    });
    phone1.headers['x-session'] = 'bob; stepped-up';
    expect((await phone1.setUp()).status).toBe(200);
    expect(changes).toContain('phoneRemoved of alice');
    await phone1.call('push', { subscription: service.subscribe() });
    expect((await ask({ subject: 'alice' })).said).toMatchObject({ result: 'TRANSACTION_FAILED' });
    const { id } = await ask({ subject: 'bob' });
    await service.received(1);
    expect(service.pushes.map(({ text }) => JSON.parse(text))).toEqual([{ request: id }]);
  });

  it('gets no more pushes for the first, even if it lost the cookie before', async () => {
    const { ask, browser, service } = await start();
    const subscription = service.subscribe();
    const alice = browser({ user: 'carol' });
    await alice.setUp();
    await alice.call('push', { subscription });
    const bob = browser({ user: 'bob' });
    await bob.setUp();
    await bob.call('push', { subscription });
    expect((await alice.call('state')).body.phone.push).toBe(false);
    await ask({ subject: 'carol' });
    const { id } = await ask({ subject: 'bob' });
    await service.received(1);
    expect(service.pushes.map(({ text }) => JSON.parse(text))).toEqual([{ request: id }]);
  });
});

describe('A request that has ended', () => {
  it('has its notification closed on the phones of the user', async () => {
    const { ask, phone, service } = await start();
    const authReqId = 'one whose notification is closed';
    const { id } = await ask({ authReqId });
    await service.received(1);
    await phone.withdraw(authReqId, { clientId: '1234567890' });
    await service.received(2);
    expect(service.pushes.map(({ text }) => JSON.parse(text))).toEqual([{ request: id }, { ended: id }]);
  });
});

describe('A request that nobody decides', () => {
  concurrently('has its notification closed when it has expired', async () => {
    const { ask, service } = await start();
    const { id } = await ask({ lifetime: 1000 });
    await service.received(2);
    expect(service.pushes.map(({ text }) => JSON.parse(text))).toEqual([{ request: id }, { ended: id }]);
  });
});

describe('A subscription', () => {
  const { p256dh, auth } = { p256dh: vapid.publicKey, auth: 'AAAAAAAAAAAAAAAAAAAAAA' };
  it.each([
    ['a private address', { endpoint: 'https://10.0.0.1/push', keys: { p256dh, auth } }],
    ['a loopback address', { endpoint: 'https://[::1]/push', keys: { p256dh, auth } }],
    ['a loopback address in disguise', { endpoint: 'https://2130706433/push', keys: { p256dh, auth } }],
    ['the address of a cloud’s metadata', { endpoint: 'https://169.254.169.254/latest', keys: { p256dh, auth } }],
    ['plain HTTP', { endpoint: 'http://push.example/push', keys: { p256dh, auth } }],
    ['another protocol', { endpoint: 'file:///etc/passwd', keys: { p256dh, auth } }],
    ['no URL', { endpoint: 'push', keys: { p256dh, auth } }],
    ['a host name that is too long', { endpoint: `https://${'a.'.repeat(150)}example/`, keys: { p256dh, auth } }],
    ['an endpoint that is too long', { endpoint: `https://push.example/${'a'.repeat(2048)}`, keys: { p256dh, auth } }],
    ['no keys', { endpoint: 'https://push.example/push' }],
    [
      'a key that is not a point',
      { endpoint: 'https://push.example/push', keys: { p256dh: p256dh.replace(/.{4}$/, 'AAAA'), auth } },
    ],
    ['a secret that is too short', { endpoint: 'https://push.example/push', keys: { p256dh, auth: 'AAAA' } }],
    ['nothing', undefined],
  ])('with %s is refused', async (_case, subscription) => {
    const { phone1 } = await start();
    const { status, body } = await phone1.call('push', { subscription });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it('ends when the page says so', async () => {
    const { phone1 } = await start();
    expect((await phone1.call('push', { subscription: null })).body.phone.push).toBe(false);
  });

  it('needs a phone', async () => {
    const { browser, service } = await start();
    const { status, body } = await browser().call('push', { subscription: service.subscribe() });
    expect([status, body.error]).toEqual([401, 'no_phone']);
  });
});
