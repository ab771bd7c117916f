import { describe, expect, it } from '@jest/globals';
import { type AuthenticationDeviceOptions, authenticationDevice } from 'ciba-backchannel/device';
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

  it('says that the host has not said', async () => {
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
