import { afterEach, describe, expect, it } from '@jest/globals';
import type { AuthenticationDeviceOptions, DeviceChange } from 'ciba-backchannel/device';
import { softwareAuthenticator } from 'ciba-backchannel/device/testing';
import { makeCertificate } from '../support/certificates.js';
import { type DeviceHost, deviceHost, origin, sessionHeader } from '../support/device-host.js';

let host: DeviceHost;

async function start(options: Partial<AuthenticationDeviceOptions> = {}): Promise<DeviceHost> {
  host = await deviceHost(options);
  return host;
}

afterEach(() => host.close());

describe('A credential id that is stored already', () => {
  it('is refused with another key before onChange is told, and the stored key stays', async () => {
    const changes: DeviceChange[] = [];
    const { browser, ask } = await start({ onChange: (change) => changes.push(change) });
    const alice = browser();
    await alice.setUp();
    const credentialId = alice.authenticator.passkeys[0]?.id as string;
    changes.length = 0;
    const mallory = browser({ user: 'mallory' });
    const { status, body } = await mallory.setUp('x', { credentialId });
    expect([status, body.error]).toEqual([403, 'passkey_refused']);
    expect(changes).toEqual([]);
    expect((await alice.approve((await ask()).id)).body.state).toBe('completed');
  });
});

describe('A passkey of which the host could not be told', () => {
  it('is not stored, and neither is its phone', async () => {
    const { browser } = await start({ onChange: () => Promise.reject(new Error('the audit log is full')) });
    const alice = browser();
    expect((await alice.setUp()).body.error).toBe('not_recorded');
    expect((await alice.call('state')).body.phone).toBeNull();
    expect((await alice.call('devices')).body).toEqual({ phones: [], passkeys: [] });
    expect((await alice.signIn()).body.error).toBe('passkey_refused');
  });
});

describe('A name of a phone', () => {
  it('can be changed by a phone of the user, and by nobody else', async () => {
    const { browser } = await start();
    const alice = browser();
    const { body } = await alice.setUp('Phone');
    const { id } = body.phone;
    const renamed = await alice.call('phones/rename', { id, name: 'Pixel 9' });
    expect(renamed.body.phones).toMatchObject([{ id, name: 'Pixel 9' }]);
    const mallory = browser({ user: 'mallory' });
    await mallory.setUp();
    expect((await mallory.call('phones/rename', { id, name: 'x' })).body.error).toBe('not_found');
    expect((await alice.call('phones/rename', { id, name: '' })).body.error).toBe('invalid_request');
    expect((await alice.call('state')).body.phone.name).toBe('Pixel 9');
  });
});

describe('Setting up the first phone', () => {
  it('makes the browser a phone, by a passkey that verifies its user and can be found without a name', async () => {
    const { browser } = await start();
    const phone = browser();
    const { body: before } = await phone.call('state');
    expect(before).toMatchObject({ phone: null, session: { name: 'alice@bank.example' }, pushKey: null });

    const { body: options } = await phone.call('set-up/options');
    expect(options.publicKey).toMatchObject({
      rp: { id: 'bank.example', name: 'Example Bank' },
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
    });
    expect(Buffer.from(options.publicKey.user.id, 'base64url')).toHaveLength(32);

    const { status, body, headers } = await phone.setUp('Pixel 9');
    expect(status).toBe(200);
    expect(body.phone).toMatchObject({ name: 'Pixel 9', user: 'alice@bank.example', push: false });
    expect(headers.getSetCookie()[0]).toMatch(
      /^__Secure-ciba-device=[\w-]{43}; Max-Age=34560000; Path=\/device\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    expect((await phone.call('state')).body.phone).toEqual(body.phone);
  });

  it('sets cookies without Secure on http://localhost, where some browsers would not keep them', async () => {
    const local = 'http://localhost:3000';
    const { port } = await start({ origin: local, rp: { id: 'localhost', name: 'Example Bank' } });
    const response = await fetch(`http://127.0.0.1:${port}/device/api/sign-in/options`, {
      method: 'POST',
      headers: { origin: local, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^ciba-device-ceremony=\S+; Max-Age=300; Path=\/device\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it.each([
    ['says no', () => false],
    ['says something that is not true', () => 'yes' as unknown as boolean],
    [
      'throws',
      () => {
        throw new Error('no session store');
      },
    ],
  ])('is refused when stepUp %s', async (_case, stepUp) => {
    const { browser } = await start({ stepUp });
    const { status, body } = await browser().call('set-up/options');
    expect([status, body.error]).toEqual([403, 'step_up_required']);
  });

  it('is refused when nobody is signed in with the host', async () => {
    const { browser } = await start();
    const { status, body } = await browser({ user: '' }).call('set-up/options');
    expect([status, body.error]).toEqual([401, 'no_session']);
  });

  it.each([
    ['did not verify its user', { userVerified: false }],
    ['was made on a page of another origin', { origin: 'https://evil.example' }],
    ['was made on a page of another origin below the relying party', { origin: 'https://blog.bank.example' }],
    ['was made for another relying party', { rpId: 'evil.example' }],
    ['was made in a frame of another origin', { crossOrigin: true }],
    ['is an assertion', { type: 'webauthn.get' }],
  ])('refuses a passkey that %s', async (_case, forged) => {
    const { browser } = await start();
    const phone = browser();
    const { status, body } = await phone.setUp('Pixel 9', forged);
    expect([status, body.error]).toEqual([403, 'passkey_refused']);
    expect((await phone.call('state')).body.phone).toBeNull();
  });

  it('refuses a passkey with certificates: none were requested, and they name addresses of revocation lists', async () => {
    const { browser } = await start();
    const phone = browser();
    const { status, body } = await phone.setUp('Pixel 9', { attestation: await makeCertificate() });
    expect([status, body.error]).toEqual([403, 'passkey_refused']);
    expect((await phone.call('state')).body.phone).toBeNull();
  });

  it('takes a passkey with a self attestation, which browsers may leave in place', async () => {
    const { browser } = await start();
    expect((await browser().setUp('Pixel 9', { attestation: 'self' })).status).toBe(200);
  });

  it('tells onChange the public key before anything is set up, and sets up nothing when it fails', async () => {
    const changes: DeviceChange[] = [];
    let fails = true;
    const { browser } = await start({
      onChange(change) {
        if (fails) throw new Error('the audit log is full');
        changes.push(change);
      },
    });
    const phone = browser();
    const { status, body } = await phone.setUp();
    expect([status, body.error]).toEqual([503, 'not_recorded']);
    expect((await phone.call('state')).body.phone).toBeNull();
    expect((await phone.call('devices')).body.passkeys).toEqual([]);

    fails = false;
    await phone.setUp('Pixel 9');
    expect(changes).toEqual([
      {
        type: 'passkeySetUp',
        subject: 'alice',
        at: expect.any(Date),
        by: 'stepUp',
        phone: { id: expect.any(String), name: 'Pixel 9' },
        passkey: {
          credentialId: phone.authenticator.passkeys.at(-1)?.id,
          name: 'Pixel 9',
          publicKey: expect.any(String),
          deviceBound: true,
        },
      },
    ]);
  });

  it('takes a challenge once, in the browser and for the user that asked for it', async () => {
    const { browser } = await start();
    const phone = browser();
    const { body } = await phone.call('set-up/options');
    const credential = phone.authenticator.create(body.publicKey);
    const ceremony = new Map(phone.cookies);

    const stranger = browser();
    expect((await stranger.call('set-up', { name: 'Stolen', credential })).body.error).toBe('passkey_refused');
    phone.headers[sessionHeader] = 'mallory; stepped-up';
    expect((await phone.call('set-up', { name: 'Stolen', credential })).body.error).toBe('passkey_refused');
    phone.headers[sessionHeader] = 'alice; stepped-up';
    expect((await phone.call('set-up', { name: 'Mine', credential })).status).toBe(200);

    for (const [name, value] of ceremony) stranger.cookies.set(name, value);
    const replay = await stranger.call('set-up', { name: 'Again', credential });
    expect([replay.status, replay.body.error]).toEqual([403, 'passkey_refused']);
  });

  it('leaves a passkey of the host under the same relying party alone', async () => {
    const { browser } = await start();
    const device = softwareAuthenticator({ origin });
    device.create({ challenge: 'AAAA', rp: { id: 'bank.example' }, user: { id: 'YWxpY2U' }, excludeCredentials: [] });
    await browser({ authenticator: device }).setUp();
    expect(device.passkeys.map(({ userHandle }) => userHandle)).toEqual(['YWxpY2U', expect.any(String)]);
  });
});

describe('A further phone', () => {
  it('is set up with an existing passkey, without stepUp', async () => {
    const changes: DeviceChange[] = [];
    const { browser } = await start({ onChange: (change) => changes.push(change) });
    const first = browser();
    await first.setUp('First');
    const second = browser({ steppedUp: false, authenticator: softwareAuthenticator({ origin }) });
    const asked = await second.call('set-up/options');
    expect([asked.status, asked.body.error]).toEqual([403, 'passkey_required']);
    // By way of the first phone (hybrid transport), say.
    const confirmation = first.authenticator.get(asked.body.publicKey);
    const options = await second.call('set-up/options', { confirmation });
    const credential = second.authenticator.create(options.body.publicKey);
    expect((await second.call('set-up', { name: 'Second', credential })).status).toBe(200);
    expect(changes.at(-1)).toMatchObject({ type: 'passkeySetUp', by: 'passkey', phone: { name: 'Second' } });
  });

  it('with a passkey that syncs signs in, since browsers refuse to make a second one', async () => {
    const changes: DeviceChange[] = [];
    const { browser } = await start({ onChange: (change) => changes.push(change) });
    const cloud = softwareAuthenticator({ origin, synced: true });
    await browser({ authenticator: cloud }).setUp('Old phone');
    const second = browser({ user: '', authenticator: cloud });
    const { status, body } = await second.signIn('New phone');
    expect(status).toBe(200);
    expect(body.phone).toMatchObject({ name: 'New phone', user: 'alice@bank.example' });
    expect(changes.at(-1)).toMatchObject({
      type: 'phoneSignedIn',
      subject: 'alice',
      phone: { name: 'New phone' },
      passkey: { name: 'Old phone', deviceBound: false },
    });
    const { body: devices } = await second.call('devices');
    expect(devices.phones).toMatchObject([
      { name: 'Old phone', current: false },
      { name: 'New phone', current: true },
    ]);
    expect(devices.passkeys).toHaveLength(1);
    expect(devices.passkeys[0].phones).toHaveLength(2);
  });

  it('is not listed twice when a browser that is a phone signs in again', async () => {
    const { browser } = await start();
    const phone = browser();
    await phone.setUp('Phone');
    await phone.signIn('Phone');
    expect((await phone.call('devices')).body.phones).toMatchObject([{ name: 'Phone', current: true }]);
  });

  it('is refused beyond twenty', async () => {
    const { browser } = await start();
    const cloud = softwareAuthenticator({ origin, synced: true });
    await browser({ authenticator: cloud }).setUp('1');
    for (let n = 2; n <= 20; n += 1) expect((await browser({ authenticator: cloud }).signIn(`${n}`)).status).toBe(200);
    const { status, body } = await browser({ authenticator: cloud }).signIn('21');
    expect([status, body.error]).toEqual([409, 'too_many']);
  });
});

describe('Signing in', () => {
  it.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['without user verification', { userVerified: false }],
    ['without the user present', { userPresent: false }],
    ['of another relying party', { rpId: 'login.bank.example' }],
    ['with a wrong signature', { signature: Buffer.from('3006020101020101', 'hex') }],
    ['with something that is not a signature', { signature: Buffer.from('none') }],
    ['in a frame of another origin', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['that is a registration', { type: 'webauthn.create' }],
    ['that names another user', { userHandle: 'YWxpY2U' }],
    ['of a kind that the passkey was not', { backupEligible: true }],
  ])('refuses an assertion %s', async (_case, forged) => {
    const { browser } = await start();
    const phone = browser();
    await phone.setUp();
    phone.cookies.clear();
    const { status, body } = await phone.signIn('Phone', forged);
    expect([status, body.error]).toEqual([403, 'passkey_refused']);
    expect((await phone.call('state')).body.phone).toBeNull();
  });

  it('refuses a passkey that it does not know', async () => {
    const { browser } = await start();
    const stranger = browser({ user: '' });
    const { body } = await stranger.call('sign-in/options');
    stranger.authenticator.create({
      ...body.publicKey,
      rp: { id: 'bank.example' },
      user: { id: 'AA' },
      excludeCredentials: [],
    });
    const answer = await stranger.call('sign-in', {
      name: 'x',
      credential: stranger.authenticator.get(body.publicKey),
    });
    expect([answer.status, answer.body.error]).toEqual([403, 'passkey_refused']);
  });

  it('refuses a counter that runs back, and one that stands still above 0', async () => {
    const { browser } = await start();
    const phone = browser();
    await phone.setUp();
    expect((await phone.signIn('Phone', { counter: 7 })).status).toBe(200);
    expect((await phone.signIn('Phone', { counter: 7 })).body.error).toBe('passkey_refused');
    expect((await phone.signIn('Phone', { counter: 6 })).body.error).toBe('passkey_refused');
    expect((await phone.signIn('Phone', { counter: 0 })).body.error).toBe('passkey_refused');
    expect((await phone.signIn('Phone', { counter: 8 })).status).toBe(200);
  });

  it('takes an answer once, in the browser that asked', async () => {
    const { browser } = await start();
    const phone = browser();
    await phone.setUp();
    const { body } = await phone.call('sign-in/options');
    const credential = phone.authenticator.get(body.publicKey);
    const ceremony = new Map(phone.cookies);
    expect((await browser().call('sign-in', { name: 'Thief', credential })).body.error).toBe('passkey_refused');
    expect((await phone.call('sign-in', { name: 'Phone', credential })).status).toBe(200);
    const thief = browser();
    for (const [name, value] of ceremony) thief.cookies.set(name, value);
    expect((await thief.call('sign-in', { name: 'Thief', credential })).body.error).toBe('passkey_refused');
  });

  it('takes an answer once even if the passkey has no counter', async () => {
    const { browser } = await start();
    const phone = browser({ authenticator: softwareAuthenticator({ origin, synced: true }) });
    await phone.setUp();
    const { body } = await phone.call('sign-in/options');
    const credential = phone.authenticator.get(body.publicKey);
    const ceremony = new Map(phone.cookies);
    expect((await phone.call('sign-in', { name: 'Phone', credential })).status).toBe(200);
    for (const [name, value] of ceremony) phone.cookies.set(name, value);
    expect((await phone.call('sign-in', { name: 'Phone', credential })).body.error).toBe('passkey_refused');
  });
});

describe('Removing', () => {
  it('a lost phone takes a passkey, ends its cookie, and shows where its passkey is still in use', async () => {
    const changes: DeviceChange[] = [];
    const { browser } = await start({ onChange: (change) => changes.push(change) });
    const cloud = softwareAuthenticator({ origin, synced: true });
    const lost = browser({ authenticator: cloud });
    await lost.setUp('Lost phone');
    const phone = browser({ steppedUp: false, authenticator: cloud });
    await phone.signIn('Phone');

    const { body } = await phone.call('devices');
    const [{ id, passkey }] = body.phones;
    expect(passkey).toBe(body.passkeys[0].id);
    const refused = await phone.call('phones/remove', { id });
    expect([refused.status, refused.body.error]).toEqual([403, 'passkey_required']);
    const confirmation = cloud.get(refused.body.publicKey);
    const removed = await phone.call('phones/remove', { id, confirmation });
    expect(removed.body.phones).toMatchObject([{ name: 'Phone' }]);
    expect(removed.body.passkeys).toHaveLength(1);
    expect((await lost.call('requests')).body.error).toBe('no_phone');
    expect(changes.at(-1)).toMatchObject({ type: 'phoneRemoved', by: 'passkey', phone: { name: 'Lost phone' } });
  });

  it('a passkey works from any browser whose session the host has stepped up', async () => {
    const { browser } = await start();
    const lost = browser();
    await lost.setUp('Lost phone');
    const desktop = browser();
    const [{ id }] = (await desktop.call('devices')).body.passkeys;
    expect((await desktop.call('passkeys/remove', { id })).body.passkeys).toEqual([]);
    expect((await lost.signIn()).body.error).toBe('passkey_refused');
  });

  it('takes a confirmation for what it was asked for, and nothing else', async () => {
    const { browser } = await start();
    const phone = browser({ authenticator: softwareAuthenticator({ origin, synced: true }) });
    await phone.setUp('Phone');
    phone.headers[sessionHeader] = 'alice';
    const { body } = await phone.call('devices');
    const asked = await phone.call('phones/remove', { id: body.phones[0].id });
    const confirmation = phone.authenticator.get(asked.body.publicKey);
    const other = await phone.call('passkeys/remove', { id: body.passkeys[0].id, confirmation });
    expect([other.status, other.body.error]).toEqual([403, 'passkey_refused']);
    const setUp = await phone.call('set-up/options', { confirmation });
    expect([setUp.status, setUp.body.error]).toEqual([403, 'passkey_refused']);
    const signIn = await phone.call('sign-in', { name: 'x', credential: confirmation });
    expect([signIn.status, signIn.body.error]).toEqual([403, 'passkey_refused']);
  });

  it('is not possible for the phones of another user', async () => {
    const { browser } = await start();
    const alice = browser();
    await alice.setUp();
    const [{ id }] = (await alice.call('devices')).body.phones;
    const mallory = browser({ user: 'mallory' });
    await mallory.setUp();
    const { status, body } = await mallory.call('phones/remove', { id });
    expect([status, body.error]).toEqual([404, 'not_found']);
    expect((await alice.call('state')).body.phone).not.toBeNull();
  });
});

describe('A stolen session with the host', () => {
  it('sets up, removes and reads nothing', async () => {
    const { browser, ask } = await start();
    const phone = browser();
    await phone.setUp();
    const { id } = await ask();
    const [{ id: phoneId }] = (await phone.call('devices')).body.phones;
    const thief = browser({ steppedUp: false });
    const answers = [
      await thief.call('set-up/options'),
      await thief.call('phones/remove', { id: phoneId }),
      await thief.call('devices'),
      await thief.call('requests'),
      await thief.details(id),
      await thief.call('deny', { id }),
      await thief.call('approve', { id, language: 'en', credential: {} }),
    ];
    expect(answers.map(({ status, body }) => [status, body.error])).toEqual([
      [403, 'passkey_required'],
      [403, 'passkey_required'],
      [403, 'step_up_required'],
      [401, 'no_phone'],
      [401, 'no_phone'],
      [401, 'no_phone'],
      [401, 'no_phone'],
    ]);
    expect((await thief.call('state')).body.phone).toBeNull();
  });
});
