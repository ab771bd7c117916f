import { afterEach, describe, expect, it } from '@jest/globals';
import { authorized, denied } from 'ciba-backchannel';
import {
  type ApprovalRecord,
  type AuthenticationDeviceOptions,
  type DeviceChange,
  type Shown,
  verifyApproval,
} from 'ciba-backchannel/device';
import { softwareAuthenticator } from 'ciba-backchannel/device/testing';
import { type DeviceHost, deviceHost, origin, rp } from '../support/device-host.js';
import type { PhoneBrowser } from '../support/phone.js';

interface ShopPayment {
  instructedAmount: { amount: string; currency: string };
  creditorName: string;
}

let host: DeviceHost;

/** A host with the phone of one user, set up. */
async function start(
  options: Partial<AuthenticationDeviceOptions> = {},
): Promise<DeviceHost & { alice: PhoneBrowser }> {
  host = await deviceHost(options);
  const alice = host.browser();
  await alice.setUp();
  return { ...host, alice };
}

afterEach(() => host.close());

describe('A request', () => {
  it('waits in the list, shows what it is about, and is completed as authorized when the passkey approves it', async () => {
    const { alice, ask, completed } = await start();
    const { id, handle } = await ask();
    const { body: list } = await alice.call('requests');
    expect(list.requests).toEqual([
      {
        id,
        clientName: 'Web shop',
        bindingMessage: 'W4SCT',
        issuedAt: expect.any(Number),
        expiresAt: expect.any(Number),
        state: 'waiting',
      },
    ]);
    const { body: details } = await alice.details(id);
    const shown: Shown = JSON.parse(details.shown);
    expect(shown).toEqual({
      transaction: id,
      nonce: expect.stringMatching(/^[\w-]{22}$/),
      issuedAt: list.requests[0].issuedAt,
      expiresAt: list.requests[0].expiresAt,
      subject: 'alice',
      user: 'alice@bank.example',
      client: { id: '1234567890', name: 'Web shop' },
      bindingMessage: 'W4SCT',
      scopes: ['Know who you are', 'Payments in your name'],
      details: [],
      resources: [],
      language: 'en',
    });
    const before = Math.floor(Date.now() / 1000);
    const { status, body } = await alice.approve(id);
    expect([status, body]).toEqual([200, { state: 'completed', decision: 'approved' }]);
    const decision = completed.get(handle) as { result: string; authTime: number };
    expect(decision.result).toBe('AUTHORIZED');
    expect(decision.authTime).toBeGreaterThanOrEqual(before);
    expect((await alice.details(id)).body).toMatchObject({ state: 'completed', decision: 'approved' });
  });

  it('is completed as denied without a passkey', async () => {
    const { alice, ask, completed } = await start();
    const { id, handle } = await ask();
    const { status, body } = await alice.call('deny', { id });
    expect([status, body]).toEqual([200, { state: 'completed', decision: 'denied' }]);
    expect(completed.get(handle)).toEqual(denied());
  });

  it('is answered with later(), so that nobody waits', async () => {
    const { ask } = await start();
    const { said } = await ask();
    expect(said).not.toHaveProperty('result');
  });

  it('reports the acr that the host finds in the record', async () => {
    const { alice, ask, completed } = await start({
      acr: ({ deviceBound, shown }) => (deviceBound && shown.includes('W4SCT') ? 'urn:bank:bound' : undefined),
    });
    const { id, handle } = await ask();
    await alice.approve(id);
    const { authTime } = completed.get(handle) as { authTime: number };
    expect(completed.get(handle)).toEqual(authorized({ authTime, acr: 'urn:bank:bound' }));
  });

  it('fails at once for a user with neither phone nor link', async () => {
    const { ask } = await start();
    expect((await ask({ subject: 'bob' })).said).toMatchObject({ result: 'TRANSACTION_FAILED' });
  });

  it('sends the link with the id in its fragment if no push arrives, and withdraws the request when that fails', async () => {
    const links: { url: string; user: object }[] = [];
    let fails = false;
    const { ask, browser } = await start({
      link({ url, user }) {
        if (fails) throw new Error('no credit left for text messages');
        links.push({ url, user });
      },
    });
    const { id, said } = await ask({ subject: 'bob' });
    expect(said).not.toHaveProperty('result');
    expect(links).toEqual([{ url: `https://login.bank.example/device/#request=${id}`, user: { subject: 'bob' } }]);
    fails = true;
    expect((await ask({ subject: 'bob' })).said).toMatchObject({ result: 'TRANSACTION_FAILED' });
    const bob = browser({ user: 'bob' });
    await bob.setUp();
    expect((await bob.call('requests')).body.requests.map((request: { id: string }) => request.id)).toEqual([id]);
  });

  it('opened by a link shows nothing until a passkey of its user has answered', async () => {
    const { alice, ask, browser } = await start();
    const { id } = await ask();
    const elsewhere = browser({ user: '', authenticator: alice.authenticator });
    expect((await elsewhere.details(id)).body.error).toBe('no_phone');
    await elsewhere.signIn();
    expect((await elsewhere.approve(id)).body).toEqual({ state: 'completed', decision: 'approved' });
  });

  it('is nobody else’s: another user with a phone neither sees nor decides it', async () => {
    const { ask, browser, completed } = await start();
    const { id } = await ask();
    const mallory = browser({ user: 'mallory' });
    await mallory.setUp();
    expect((await mallory.call('requests')).body.requests).toEqual([]);
    for (const answer of [await mallory.details(id), await mallory.call('deny', { id })]) {
      expect([answer.status, answer.body.error]).toEqual([404, 'not_found']);
    }
    expect(completed.size).toBe(0);
  });

  it('is refused when too many wait already: five from one client, twenty in all', async () => {
    const { ask, alice } = await start();
    const another = (n: number) => ask({ clientId: '1', bindingMessage: `W4SC${n}` });
    for (let n = 1; n <= 5; n += 1) expect((await another(n)).said).not.toHaveProperty('result');
    expect((await another(6)).said).toMatchObject({ result: 'TRANSACTION_FAILED' });
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, n) =>
        ask({ clientId: `${(n % 40) + 2}`, bindingMessage: `K2P${n}` }).then(({ said }) => 'result' in said),
      ),
    );
    expect(outcomes.filter((refused) => !refused)).toHaveLength(15);
    const { requests } = (await alice.call('requests')).body;
    expect(requests).toHaveLength(20);
    await alice.call('deny', { id: requests[0].id });
    expect((await ask({ clientId: '99' })).said).not.toHaveProperty('result');
  });

  it('that has expired is neither listed nor decided', async () => {
    const { alice, ask, completed } = await start();
    const { id } = await ask({ lifetime: 400 });
    const { body } = await alice.details(id);
    const credential = alice.sign(body);
    while (Date.now() < JSON.parse(body.shown).expiresAt) await new Promise((resolve) => setTimeout(resolve, 20));
    const answers = [
      await alice.call('approve', { id, language: 'en', credential }),
      await alice.call('deny', { id }),
      await alice.details(id),
    ];
    for (const answer of answers) expect([answer.status, answer.body.error]).toEqual([410, 'expired']);
    expect((await alice.call('requests')).body.requests).toEqual([]);
    expect(completed.size).toBe(0);
  });
});

describe('What is shown', () => {
  it('begins with the whole payment if the host declares one, and requests without one are refused', async () => {
    const { alice, ask } = await start({
      payment(details) {
        const [payment] = details.filter(({ type }) => type === 'payment_initiation');
        if (!payment) return undefined;
        const { instructedAmount, creditorName } = payment as unknown as ShopPayment;
        return { amount: `${instructedAmount.amount} ${instructedAmount.currency}`, payee: creditorName };
      },
    });
    expect((await ask()).said).toMatchObject({ result: 'TRANSACTION_FAILED' });
    const details = [
      {
        type: 'payment_initiation',
        instructedAmount: { currency: 'EUR', amount: '89.90' },
        creditorName: 'Example Railways',
      },
    ];
    const { id } = await ask({ details });
    const shown = JSON.parse((await alice.details(id)).body.shown);
    expect(shown.payment).toEqual({ amount: '89.90 EUR', payee: 'Example Railways' });
  });

  it('is worded in the language of the page if there are texts in it, and signed in that wording', async () => {
    const records: ApprovalRecord[] = [];
    const { englishDeviceTexts } = await import('ciba-backchannel/device');
    const { request } = englishDeviceTexts;
    const german = {
      ...englishDeviceTexts,
      request: { ...request, language: 'de', scopes: { openid: 'Wissen, wer Sie sind' } },
    };
    const { alice, ask } = await start({
      texts: [englishDeviceTexts, german],
      onApproval: (record) => records.push(record),
    });
    const { id } = await ask({ scopes: [{ name: 'openid' }] });
    expect(JSON.parse((await alice.details(id, 'fr')).body.shown)).toMatchObject({ language: 'en' });
    const { body } = await alice.details(id, 'de-AT');
    expect(JSON.parse(body.shown)).toMatchObject({ scopes: ['Wissen, wer Sie sind'], language: 'de' });
    const credential = alice.sign(body);
    expect((await alice.call('approve', { id, language: 'en', credential })).body.error).toBe('passkey_refused');
    expect((await alice.call('approve', { id, language: 'de-AT', credential: alice.sign(body) })).status).toBe(200);
    expect(records.map(({ shown }) => shown)).toEqual([body.shown]);
  });

  it('keeps markup as text and makes characters that nobody sees visible', async () => {
    const { alice, ask } = await start();
    const nasty = '<img src=x onerror=alert(1)>\u202egpj.exe\u0000';
    const { id } = await ask({
      clientName: nasty,
      bindingMessage: nasty,
      scopes: [{ name: nasty, description: nasty }],
      details: [{ type: nasty, [nasty]: nasty }],
    });
    const visible = '<img src=x onerror=alert(1)>⟨U+202E⟩gpj.exe⟨U+0000⟩';
    const shown = JSON.parse((await alice.details(id)).body.shown);
    expect(shown).toMatchObject({
      client: { name: visible },
      bindingMessage: visible,
      scopes: [visible],
      details: [{ title: visible, lines: [{ name: visible, value: visible }] }],
    });
    expect((await alice.call('requests')).body.requests[0]).toMatchObject({
      clientName: visible,
      bindingMessage: visible,
    });
  });

  it('is never cut: a request that does not fit is refused', async () => {
    const { ask, logger } = await start();
    expect((await ask({ bindingMessage: 'x'.repeat(501) })).said).toMatchObject({ result: 'TRANSACTION_FAILED' });
    expect(logger.text()).toContain('the binding message is longer than 500 characters');
  });
});

describe('An approval', () => {
  it.each([
    ['without user verification', { userVerified: false }],
    ['on a page of another origin', { origin: 'https://evil.example' }],
    ['for another relying party', { rpId: 'evil.example' }],
    ['in a frame of another origin', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['that is a registration', { type: 'webauthn.create' }],
    ['with a counter that runs back', { counter: 0 }],
  ])('is refused when it is an assertion %s', async (_case, forged) => {
    const { alice, ask, completed } = await start();
    await alice.signIn();
    const { id } = await ask();
    const { status, body } = await alice.approve(id, forged);
    expect([status, body.error]).toEqual([403, 'passkey_refused']);
    expect(completed.size).toBe(0);
    expect((await alice.approve(id)).status).toBe(200);
  });

  it('is refused when any member of what was shown differs by one character', async () => {
    const { alice, ask, completed } = await start({
      payment: () => ({ amount: '89.90 EUR', payee: 'Example Railways' }),
    });
    const { id } = await ask({
      details: [{ type: 'payment_initiation', creditorName: 'Example Railways' }],
    });
    const { body } = await alice.details(id);
    const paths = leavesOf(JSON.parse(body.shown));
    expect(paths.length).toBeGreaterThan(14);
    for (const path of paths) {
      const shown = JSON.stringify(changed(JSON.parse(body.shown), path));
      expect(shown).not.toBe(body.shown);
      const credential = alice.sign({ ...body, shown });
      const { status, body: answer } = await alice.call('approve', { id, language: 'en', credential });
      expect([path.join('.'), status, answer.error]).toEqual([path.join('.'), 403, 'passkey_refused']);
    }
    expect(completed.size).toBe(0);
  });

  it('is refused with the passkey of another user, even if that user has stolen the cookie', async () => {
    const { alice, ask, browser, completed } = await start();
    const mallory = browser({ user: 'mallory' });
    await mallory.setUp();
    const { id } = await ask();
    const { body } = await alice.details(id);
    const own = mallory.sign({ ...body, publicKey: { ...body.publicKey, allowCredentials: [] } });
    // A stolen cookie: everything that it allows is to read and to deny.
    mallory.cookies.clear();
    for (const [name, value] of alice.cookies) mallory.cookies.set(name, value);
    const { status, body: answer } = await mallory.call('approve', { id, language: 'en', credential: own });
    expect([status, answer.error]).toEqual([403, 'passkey_refused']);
    expect(completed.size).toBe(0);
  });

  it('is refused with a stolen cookie and no passkey, and with a signature by another key', async () => {
    const { alice, ask, completed } = await start();
    const { id } = await ask();
    const { body } = await alice.details(id);
    const [credential] = alice.authenticator.passkeys;
    const thief = softwareAuthenticator({ origin });
    thief.create({ challenge: 'AAAA', rp, user: { id: 'AAAA' }, excludeCredentials: [] });
    const key = thief.passkeys[0]?.key;
    expect(credential).toBeDefined();
    const { status, body: answer } = await alice.call('approve', {
      id,
      language: 'en',
      credential: alice.sign(body, { key }),
    });
    expect([status, answer.error]).toEqual([403, 'passkey_refused']);
    expect((await alice.call('approve', { id, language: 'en' })).status).toBe(400);
    expect(completed.size).toBe(0);
  });

  it('is refused when it is an assertion for signing in, and the other way round', async () => {
    const { alice, ask, completed } = await start();
    const { id } = await ask();
    const signIn = await alice.call('sign-in/options');
    const forSigningIn = alice.authenticator.get(signIn.body.publicKey);
    const approved = await alice.call('approve', { id, language: 'en', credential: forSigningIn });
    expect([approved.status, approved.body.error]).toEqual([403, 'passkey_refused']);
    const { body } = await alice.details(id);
    const signedIn = await alice.call('sign-in', { name: 'x', credential: alice.sign(body) });
    expect([signedIn.status, signedIn.body.error]).toEqual([403, 'passkey_refused']);
    alice.headers['x-session'] = 'alice';
    const asked = await alice.call('set-up/options');
    expect(asked.body.error).toBe('passkey_required');
    const confirmation = alice.authenticator.get(asked.body.publicKey);
    const withSetUp = await alice.call('approve', { id, language: 'en', credential: confirmation });
    expect([withSetUp.status, withSetUp.body.error]).toEqual([403, 'passkey_refused']);
    const setUp = await alice.call('set-up/options', { confirmation: alice.sign(body) });
    expect([setUp.status, setUp.body.error]).toEqual([403, 'passkey_refused']);
    expect(completed.size).toBe(0);
  });

  it('counts once: repeated, or used for another request, it is refused', async () => {
    const synced = softwareAuthenticator({ origin, synced: true });
    const { ask, browser, completed } = await start();
    const alice = browser({ authenticator: synced, steppedUp: true });
    await alice.setUp();
    const { id, handle } = await ask();
    const { body } = await alice.details(id);
    const credential = alice.sign(body);
    expect((await alice.call('approve', { id, language: 'en', credential })).status).toBe(200);
    const repeated = await alice.call('approve', { id, language: 'en', credential });
    expect([repeated.status, repeated.body]).toMatchObject([409, { error: 'already_decided', decision: 'approved' }]);
    const other = await ask();
    const reused = await alice.call('approve', { id: other.id, language: 'en', credential });
    expect([reused.status, reused.body.error]).toEqual([403, 'passkey_refused']);
    expect([...completed.keys()]).toEqual([handle]);
  });

  it('by a passkey that syncs leaves its counter at 0, again and again', async () => {
    const { ask, browser } = await start();
    const alice = browser({ authenticator: softwareAuthenticator({ origin, synced: true }) });
    await alice.setUp();
    for (let n = 1; n <= 3; n += 1) expect((await alice.approve((await ask()).id)).body.state).toBe('completed');
  });
});

describe('A request of an agent', () => {
  const agent = { sub: 'trip-planner', iss: 'https://agents.example.net', name: 'Trip planner' };

  it('names the agent in the list, in what is shown and in what the passkey has signed', async () => {
    const changes: DeviceChange[] = [];
    const records: ApprovalRecord[] = [];
    const { alice, ask } = await start({
      onChange: (change) => changes.push(change),
      onApproval: (record) => records.push(record),
    });
    const { id } = await ask({ actor: agent });
    expect((await alice.call('requests')).body.requests).toMatchObject([
      { clientName: 'Web shop', agentName: 'Trip planner' },
    ]);
    expect(JSON.parse((await alice.details(id)).body.shown)).toMatchObject({ actor: agent });
    expect((await alice.approve(id)).status).toBe(200);
    const passkey = changes.map((change) => 'passkey' in change && change.passkey).find(Boolean);
    const { credentialId, publicKey } = passkey as { credentialId: string; publicKey: string };
    const [record] = records as [ApprovalRecord];
    const signed = await verifyApproval(record, { origin, rpId: rp.id, credentialId, publicKey });
    expect(signed).toMatchObject({ client: { name: 'Web shop' }, actor: agent });
    const forged = { ...record, shown: record.shown.replace('Trip planner', 'Your bank') };
    await expect(verifyApproval(forged, { origin, rpId: rp.id, credentialId, publicKey })).rejects.toMatchObject({
      code: 'ERR_APPROVAL_INVALID',
    });
  });

  it('does not take the place of what another agent asks', async () => {
    const { alice, ask } = await start();
    await ask({ actor: agent });
    await ask({ actor: { sub: 'another' } });
    const { requests } = (await alice.call('requests')).body;
    expect(requests.map(({ agentName }: { agentName: string }) => agentName).sort()).toEqual([
      'Trip planner',
      'another',
    ]);
  });
});

describe('verifyApproval()', () => {
  async function approved(): Promise<{ record: ApprovalRecord; credentialId: string; publicKey: string }> {
    const records: ApprovalRecord[] = [];
    const changes: DeviceChange[] = [];
    const { alice, ask } = await start({
      onApproval: (record) => records.push(record),
      onChange: (change) => changes.push(change),
      payment: () => ({ amount: '89.90 EUR', payee: 'Example Railways' }),
    });
    await alice.approve((await ask()).id);
    const [{ passkey }] = changes as unknown as [{ passkey: { credentialId: string; publicKey: string } }];
    const { credentialId, publicKey } = passkey;
    return { record: records[0] as ApprovalRecord, credentialId, publicKey };
  }

  it('proves years later what was shown, with nothing but the record and the key that onChange gave', async () => {
    const { record, credentialId, publicKey } = await approved();
    expect(Object.keys(record).sort()).toEqual(
      ['authenticatorData', 'clientDataJSON', 'credentialId', 'shown', 'signature', 'version'].sort(),
    );
    const stored = JSON.parse(JSON.stringify(record));
    await expect(verifyApproval(stored, { origin, rpId: rp.id, credentialId, publicKey })).resolves.toMatchObject({
      subject: 'alice',
      payment: { amount: '89.90 EUR', payee: 'Example Railways' },
    });
  });

  it('fails for a record that was changed anywhere, and for another key, origin or relying party', async () => {
    const { record, credentialId, publicKey } = await approved();
    const options = { origin, rpId: rp.id, credentialId, publicKey };
    const invalid = { name: 'ApprovalError', code: 'ERR_APPROVAL_INVALID' };
    for (let at = 0; at < record.shown.length; at += 1) {
      const character = record.shown[at] === 'x' ? 'y' : 'x';
      const shown = `${record.shown.slice(0, at)}${character}${record.shown.slice(at + 1)}`;
      await expect(verifyApproval({ ...record, shown }, options)).rejects.toMatchObject(invalid);
    }
    for (const member of ['authenticatorData', 'clientDataJSON', 'signature'] as const) {
      const bytes = Buffer.from(record[member], 'base64url');
      bytes[bytes.length - 3] = (bytes[bytes.length - 3] as number) ^ 1;
      const changedRecord = { ...record, [member]: bytes.toString('base64url') };
      await expect(verifyApproval(changedRecord, options)).rejects.toMatchObject(invalid);
    }
    const other = (await (async () => approvedKeyOfAnother())()) as string;
    const elsewhere = { ...record, credentialId: 'AAAA' };
    await expect(verifyApproval(elsewhere, options)).rejects.toMatchObject(invalid);
    await expect(verifyApproval(record, { ...options, credentialId: undefined as never })).rejects.toThrow(
      'verifyApproval needs credentialId',
    );
    for (const wrong of [{ origin: 'https://evil.example' }, { rpId: 'evil.example' }, { publicKey: other }]) {
      await expect(verifyApproval(record, { ...options, ...wrong })).rejects.toMatchObject(invalid);
    }
  });

  it.each([undefined, null, 'record', {}, { version: 2 }])('refuses %j as malformed', async (record) => {
    await start();
    const options = { origin, rpId: rp.id, credentialId: '', publicKey: '' };
    await expect(verifyApproval(record as never, options)).rejects.toMatchObject({ code: 'ERR_APPROVAL_MALFORMED' });
  });

  async function approvedKeyOfAnother(): Promise<string> {
    await host.close();
    return (await approved()).publicKey;
  }
});

/** Paths of the texts and numbers in a JSON value. */
function leavesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, item]) => leavesOf(item, [...path, name]));
}

// biome-ignore lint/suspicious/noExplicitAny: any JSON
function changed(value: any, [name, ...rest]: string[]): unknown {
  if (name === undefined) return typeof value === 'number' ? value + 1 : `${value.slice(0, -1)}#`;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[name as never] = changed(value[name], rest) as never;
  return copy;
}
