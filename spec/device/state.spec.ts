import { describe, expect, it } from '@jest/globals';
import { authorized, type Decision, denied } from 'ciba-backchannel';
import { type ApprovalRecord, type DeviceStore, memoryDeviceStore } from 'ciba-backchannel/device';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { startDeviceHost } from '../support/device-host.js';

// Two processes are two devices with one store: they share nothing else.

describe('Two phones that decide at once, at two processes', () => {
  it('make one decision: the first wins, and the other is told', async () => {
    const store = memoryDeviceStore();
    const decisions: Decision[] = [];
    const complete = async (_handle: string, decision: Decision) => decisions.push(decision);
    const [one, two] = [await startDeviceHost(store, { complete }), await startDeviceHost(store, { complete })];
    const phone = one.browser();
    await phone.setUp();
    const other = two.browser({ authenticator: phone.authenticator });
    await other.signIn();

    for (let round = 1; round <= 20; round += 1) {
      const { id } = await one.ask({ clientId: `${round}` });
      const answers = await Promise.all([phone.approve(id), other.call('deny', { id })]);
      const [won] = answers.filter(({ status }) => status === 200);
      const [lost] = answers.filter(({ status }) => status === 409);
      expect(lost?.body).toMatchObject({ error: 'already_decided', decision: won?.body.decision });
      expect(decisions).toHaveLength(round);
      expect(decisions.at(-1)?.result).toBe(won?.body.decision === 'denied' ? 'ACCESS_DENIED' : 'AUTHORIZED');
    }
  });
});

describe('onApproval', () => {
  it('is awaited with the record before Authlete is told', async () => {
    const order: string[] = [];
    const host = await startDeviceHost(memoryDeviceStore(), {
      async onApproval(record: ApprovalRecord) {
        await new Promise(setImmediate);
        order.push(`recorded ${JSON.parse(record.shown).transaction}`);
      },
      complete: async () => order.push('completed'),
    });
    const phone = host.browser();
    await phone.setUp();
    const { id } = await host.ask();
    await phone.approve(id);
    expect(order).toEqual([`recorded ${id}`, 'completed']);
  });

  it('completes nothing when it fails, and the phone may try again or deny', async () => {
    let fails = true;
    const host = await startDeviceHost(memoryDeviceStore(), {
      onApproval() {
        if (fails) throw new Error('the audit log is full');
      },
    });
    const phone = host.browser();
    await phone.setUp();
    const { id, handle } = await host.ask();
    const { status, body } = await phone.approve(id);
    expect([status, body.error]).toEqual([503, 'not_recorded']);
    expect(host.completed.size).toBe(0);
    expect((await phone.details(id)).body.state).toBe('waiting');
    fails = false;
    expect((await phone.approve(id)).body).toEqual({ state: 'completed', decision: 'approved' });
    expect([...host.completed.keys()]).toEqual([handle]);
  });
});

describe('A decision that cannot be completed', () => {
  concurrently('is kept, shown as not yet delivered, and finished by another process', async () => {
    const store = memoryDeviceStore();
    const told = deferred<[string, Decision]>();
    const records: ApprovalRecord[] = [];
    const one = await startDeviceHost(store, {
      complete: () => Promise.reject(Object.assign(new Error('no route'), { code: 'ERR_AUTHLETE_UNREACHABLE' })),
      onApproval: (record) => records.push(record),
    });
    const phone = one.browser();
    await phone.setUp();
    const { id, handle } = await one.ask();
    expect((await phone.approve(id)).body).toEqual({ state: 'decided', decision: 'approved' });
    expect((await phone.details(id)).body).toMatchObject({ state: 'decided', decision: 'approved' });
    await one.close();

    await startDeviceHost(store, {
      async complete(...args) {
        told.resolve(args);
      },
      onApproval: (record) => records.push(record),
    });
    const [told1, decision] = await told.promise;
    expect(told1).toBe(handle);
    const { authTime } = decision as { authTime: number };
    expect(decision).toEqual(authorized({ authTime }));
    expect(records).toHaveLength(1);
  });

  concurrently(
    'is shown as refused when Authlete refuses it, and as completed when Authlete had taken it before',
    async () => {
      const errors = ['ERR_COMPLETE_REFUSED', 'ERR_AUTHLETE_TIMEOUT', 'ERR_COMPLETE_REFUSED'];
      const asked = deferred();
      const host = await startDeviceHost(memoryDeviceStore(), {
        async complete() {
          const code = errors.shift();
          if (errors.length === 0) asked.resolve();
          throw Object.assign(new Error('no'), { code });
        },
      });
      const phone = host.browser();
      await phone.setUp();
      const { id: first } = await host.ask();
      expect((await phone.call('deny', { id: first })).body).toEqual({ state: 'refused', decision: 'denied' });
      const { id: second } = await host.ask();
      expect((await phone.approve(second)).body.state).toBe('decided');
      await asked.promise;
      await until(async () => (await phone.details(second)).body.state !== 'decided');
      expect((await phone.details(second)).body).toMatchObject({ state: 'completed', decision: 'approved' });
    },
  );

  concurrently(
    'is shown as refused when Authlete refuses it and certainly had not been told of it before',
    async () => {
      const errors = ['ERR_CLAIMS_FAILED', 'ERR_COMPLETE_REFUSED'];
      const host = await startDeviceHost(memoryDeviceStore(), {
        complete: () => Promise.reject(Object.assign(new Error('no'), { code: errors.shift() })),
      });
      const phone = host.browser();
      await phone.setUp();
      const { id } = await host.ask();
      expect((await phone.approve(id)).body.state).toBe('decided');
      await until(async () => (await phone.details(id)).body.state !== 'decided');
      expect((await phone.details(id)).body).toMatchObject({ state: 'refused', decision: 'approved' });
    },
  );

  concurrently('is finished by another process when the one that took it died before it told anybody', async () => {
    const store = memoryDeviceStore();
    const dead = await startDeviceHost(store, { complete: () => new Promise(() => {}) });
    const phone = dead.browser();
    await phone.setUp();
    const { id } = await dead.ask();
    const answer = phone.call('deny', { id }).catch(() => {});
    await until(async () => (await phone.details(id)).body.state === 'decided');
    await dead.close();
    await answer;
    const told = deferred<Decision>();
    // A minute later.
    const later: DeviceStore = { ...store, due: (kind, now, max) => store.due(kind, now + 60_000, max) };
    await startDeviceHost(later, { complete: async (_handle, decision) => told.resolve(decision) });
    expect(await told.promise).toEqual(denied());
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
