import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type AuthenticationDeviceOptions, authenticationDevice } from 'ciba-backchannel/device';
import express from 'express';
import { afterwards } from '../support/concurrently.js';
import { deviceHost, origin } from '../support/device-host.js';

async function start(options: Partial<AuthenticationDeviceOptions>) {
  const host = await deviceHost(options);
  afterwards(host.close);
  return host;
}

describe('The state that the page asks for', () => {
  it('says where the host signs users in, and how the page looks', async () => {
    const host = await start({
      signIn: '/login?next=/device/',
      logo: '/logo.svg',
      accent: { light: '#7A1FA2', dark: '#e1bee7' },
      report: () => {},
    });
    expect((await host.browser().call('state')).body).toMatchObject({
      signIn: `${origin}/login?next=/device/`,
      report: true,
      brand: {
        logo: `${origin}/logo.svg`,
        accent: {
          light: { accent: '#7a1fa2', onAccent: '#ffffff' },
          dark: { accent: '#e1bee7', onAccent: '#000000' },
        },
      },
    });
  });

  it('has no values for what the host has not set', async () => {
    const host = await start({});
    expect((await host.browser().call('state')).body).toMatchObject({
      signIn: null,
      report: false,
      brand: { logo: null, accent: null },
      waiting: 0,
    });
  });

  it('counts the requests that wait', async () => {
    const host = await start({});
    const alice = host.browser();
    await alice.setUp();
    for (const bindingMessage of ['W4SCT', 'K2PLQ']) await host.ask({ bindingMessage });
    expect((await alice.call('state')).body.waiting).toBe(2);
  });
});

describe('An accent', () => {
  it.each([
    ['light', { light: '#c9a227', dark: '#e1bee7' }, /accent\.light has a contrast of 2\.\d with the light page/],
    ['dark', { light: '#7a1fa2', dark: '#7a1fa2' }, /accent\.dark has a contrast of 1\.\d with the dark page/],
  ])('that is hard to read on the %s page is refused at construction', (_scheme, accent, message) => {
    const options = { origin, rp: { id: 'bank.example', name: 'x' }, user: () => null, stepUp: () => false };
    expect(() => authenticationDevice({ ...options, complete: async () => {}, accent })).toThrow(message);
  });
});

describe('At the root of an origin', () => {
  it('the page is served, and all other paths go to the host', async () => {
    const phone = authenticationDevice({
      origin,
      path: '/',
      rp: { id: 'bank.example', name: 'x' },
      user: () => null,
      stepUp: () => false,
      complete: async () => {},
      logger: false,
    });
    afterwards(phone.close);
    const app = express();
    app.use(phone);
    app.post('/api/accounts', (_req, res) => res.send('of the host'));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterwards(async () => {
      server.close();
      server.closeAllConnections();
    });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await fetch(`${base}/`)).headers.get('content-type')).toContain('text/html');
    expect(await (await fetch(`${base}/api/accounts`, { method: 'POST' })).text()).toBe('of the host');
    const headers = { origin, 'content-type': 'application/json' };
    const answer = await fetch(`${base}/api/sign-in/options`, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()[0]).toContain('; Path=/; ');
  });
});

describe('Without a logger', () => {
  it('the console says, once, that a request was not shown to its user', async () => {
    const said: string[] = [];
    const { warn } = console;
    console.warn = (text: string) => said.push(text);
    try {
      const host = await start({ logger: undefined });
      for (let n = 1; n <= 2; n += 1) await host.ask({ subject: 'nobody' });
      const alice = host.browser();
      await alice.setUp();
      for (let n = 1; n <= 6; n += 1) await host.ask({ bindingMessage: `W4SC${n}` });
    } finally {
      console.warn = warn;
    }
    expect(said.filter((text) => text.includes('the user has no phone'))).toHaveLength(1);
    expect(said.filter((text) => text.includes('too many requests already wait for the user'))).toHaveLength(1);
  });
});
