import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type DeviceRow, type DeviceStore, memoryDeviceStore } from 'ciba-backchannel/device';
import { keys, startDeviceHost } from '../support/device-host.js';
import type { PhoneBrowser } from '../support/phone.js';

/** A store whose rows the spec sees and changes, as somebody with write access to the database would. */
function openStore(): DeviceStore & { rows: DeviceRow[]; only(kind: string, nth?: number): DeviceRow } {
  const inner = memoryDeviceStore();
  const rows: DeviceRow[] = [];
  const keep = (row: DeviceRow) => {
    const at = rows.findIndex(({ kind, id }) => kind === row.kind && id === row.id);
    rows.splice(at === -1 ? rows.length : at, at === -1 ? 0 : 1, row);
  };
  return {
    ...inner,
    rows,
    async insert(row, now, limits) {
      const outcome = await inner.insert(row, now, limits);
      if (outcome === 'inserted') keep(row);
      return outcome;
    },
    async replace(row) {
      const replaced = await inner.replace(row);
      if (replaced) keep(row);
      return replaced;
    },
    only(kind, nth = 0) {
      return rows.filter((row) => row.kind === kind)[nth] as DeviceRow;
    },
  };
}

/** Writes over a row, whatever is there. */
async function overwrite(store: DeviceStore, row: DeviceRow): Promise<void> {
  await store.remove(row.kind, row.id);
  await store.insert(row, Date.now());
}

describe('Somebody who reads the store', () => {
  it('finds no text in it', async () => {
    const store = openStore();
    const { browser, ask } = await startDeviceHost(store);
    const phone = browser();
    await phone.setUp('Telephone of Alice');
    await ask({ bindingMessage: 'W4SCT', clientName: 'Web shop' });
    const dump = JSON.stringify(store.rows);
    expect(store.rows.map(({ kind }) => kind).sort()).toEqual(['challenge', 'passkey', 'phone', 'request']);
    const [credential] = phone.authenticator.passkeys;
    const cookie = [...phone.cookies.values()][0] as string;
    const hidden = ['alice', 'Alice', 'Telephone', 'W4SCT', 'Web shop', '1234567890', 'handle', cookie];
    for (const text of [...hidden, credential?.id, credential?.userHandle]) expect(dump).not.toContain(text);
  });

  it('cannot tell by guessing whose rows they are', async () => {
    const store = openStore();
    const { browser } = await startDeviceHost(store);
    await browser().setUp();
    const { owner } = store.only('phone');
    const guesses = ['alice', '["alice"]'].flatMap((text) => [
      createHash('sha256').update(text).digest('base64url'),
      createHmac('sha256', keys[0] as string)
        .update(text)
        .digest('base64url'),
    ]);
    expect(guesses).not.toContain(owner);
  });
});

describe('Somebody who writes to the store', () => {
  it('can approve nothing with a passkey of their own under the name of another', async () => {
    const store = openStore();
    const { browser, ask, completed, logger } = await startDeviceHost(store);
    const alice = browser();
    await alice.setUp();
    const mallory = browser({ user: 'mallory' });
    await mallory.setUp();
    const { id } = await ask();
    // Mallory's passkey becomes one of Alice's, and Alice's phone Mallory's.
    const { owner } = store.only('passkey', 0);
    await overwrite(store, { ...store.only('passkey', 1), owner });
    await overwrite(store, { ...store.only('phone', 1), owner });
    const answer = await mallory.details(id);
    expect(answer.status).toBe(401);
    const { body } = await alice.details(id);
    const credential = mallory.sign({ ...body, publicKey: { ...body.publicKey, allowCredentials: [] } });
    const approved = await alice.call('approve', { id, language: 'en', credential });
    expect([approved.status, approved.body.error]).toEqual([403, 'passkey_refused']);
    expect(completed.size).toBe(0);
    expect(logger.text()).toContain('a row of the store cannot be used');
  });

  it.each<[string, (rows: { alice: DeviceRow; mallory: DeviceRow }) => DeviceRow]>([
    ['the seal of another row under its id', ({ alice, mallory }) => ({ ...alice, data: mallory.data })],
    ['its own seal under the id of another row', ({ alice, mallory }) => ({ ...mallory, id: alice.id })],
    ['a seal that was changed', ({ alice }) => ({ ...alice, data: `${alice.data.slice(0, -3)}AAA` })],
    ['data that is not sealed', ({ alice }) => ({ ...alice, data: '{"subject":"mallory"}' })],
    ['another version', ({ alice }) => ({ ...alice, version: alice.version + 1 })],
    ['another kind', ({ mallory, alice }) => ({ ...alice, data: mallory.data })],
  ])('makes a row useless by giving it %s', async (_case, changed) => {
    const store = openStore();
    const { browser } = await startDeviceHost(store);
    const alice = browser();
    await alice.setUp();
    const mallory = browser({ user: 'mallory' });
    await mallory.setUp();
    await overwrite(store, changed({ alice: store.only('phone', 0), mallory: store.only('phone', 1) }));
    expect((await alice.call('state')).body.phone).toBeNull();
    expect((await alice.call('requests')).body.error).toBe('no_phone');
  });

  it('cannot turn a waiting request into a decided one, or prolong it', async () => {
    const store = openStore();
    const { browser, ask, completed } = await startDeviceHost(store);
    const alice = browser();
    await alice.setUp();
    const { id } = await ask({ lifetime: 300 });
    const { id: second } = await ask({ bindingMessage: 'K2PLQ' });
    const [short, waiting] = [store.only('request', 0), store.only('request', 1)];
    await overwrite(store, { ...short, expiresAt: Date.now() + 60_000, dueAt: 0 });
    await overwrite(store, { ...waiting, open: false, dueAt: 0 });
    while (Date.now() < (short.expiresAt as number)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await alice.approve(second)).status).toBe(200);
    const answer = await alice.call('deny', { id });
    expect(answer.status).toBe(410);
    expect([...completed.keys()]).toHaveLength(1);
  });
});

describe('keys', () => {
  it('are rotated by putting a new one in front: what the old one sealed is found and opened', async () => {
    const store = memoryDeviceStore();
    const before = await startDeviceHost(store);
    const phone = before.browser();
    await phone.setUp('Phone');
    const { id } = await before.ask();
    const after = await startDeviceHost(store, { keys: ['a new key that seals the rows of the store', ...keys] });
    const moved: PhoneBrowser = after.browser({ authenticator: phone.authenticator });
    for (const [name, value] of phone.cookies) moved.cookies.set(name, value);
    expect((await moved.call('devices')).body.phones).toMatchObject([{ name: 'Phone', current: true }]);
    expect((await moved.approve(id)).status).toBe(200);
  });

  it('that are gone make a phone unknown, and the log says so', async () => {
    const store = memoryDeviceStore();
    const before = await startDeviceHost(store);
    const phone = before.browser();
    await phone.setUp();
    const after = await startDeviceHost(store, { keys: ['a new key that seals the rows of the store'] });
    const moved = after.browser({ authenticator: phone.authenticator });
    for (const [name, value] of phone.cookies) moved.cookies.set(name, value);
    expect((await moved.call('state')).body.phone).toBeNull();
    expect(after.logger.text()).toContain('its key is no longer among keys');
  });
});
