import { describe, expect, it } from '@jest/globals';
import { memoryDeviceStore, resealDeviceStore } from 'ciba-backchannel/device';
import { keys, startDeviceHost } from '../support/device-host.js';

const [oldKey] = keys as [string];
const newKey = 'another key that seals the rows of the device store';

describe('resealDeviceStore()', () => {
  it('seals phones, passkeys and requests anew while they are used, so that the old key can go', async () => {
    const store = memoryDeviceStore();
    const before = await startDeviceHost(store);
    const alice = before.browser();
    await alice.setUp();
    const { id } = await before.ask();
    expect(await resealDeviceStore(store, [newKey, oldKey])).toEqual({ resealed: 4, unreadable: 0 });
    expect(await resealDeviceStore(store, [newKey])).toEqual({ resealed: 4, unreadable: 0 });

    const after = await startDeviceHost(store, { keys: [newKey] });
    const phone = after.browser({ authenticator: alice.authenticator });
    for (const [name, value] of alice.cookies) phone.cookies.set(name, value);
    expect((await phone.call('requests')).body.requests).toMatchObject([{ id, state: 'waiting' }]);
    expect((await phone.approve(id)).body.state).toBe('completed');
  });

  it('says how many rows no key opens, and leaves them as they are', async () => {
    const store = memoryDeviceStore();
    const host = await startDeviceHost(store);
    const alice = host.browser();
    await alice.setUp();
    expect(await resealDeviceStore(store, [newKey])).toEqual({ resealed: 0, unreadable: 3 });
    expect((await alice.call('state')).body.phone).not.toBeNull();
  });

  it('refuses keys that are too short, and a store that cannot give all its rows', async () => {
    await expect(resealDeviceStore(memoryDeviceStore(), ['short'])).rejects.toThrow(/^keys\[0\] must be/);
    await expect(resealDeviceStore({ ...memoryDeviceStore(), page: undefined as never }, [newKey])).rejects.toThrow(
      'store must have the method page()',
    );
  });
});
