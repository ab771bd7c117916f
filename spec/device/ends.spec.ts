import { describe, expect, it } from '@jest/globals';
import { type Decision, decisionSignal, denied, failed, transactionId } from 'ciba-backchannel';
import { type DenialRecord, type DeviceStore, memoryDeviceStore, type Shown } from 'ciba-backchannel/device';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { startDeviceHost } from '../support/device-host.js';
import { recordingLogger } from '../support/recording-logger.js';

async function start(options: Parameters<typeof startDeviceHost>[1] = {}, store = memoryDeviceStore()) {
  const host = await startDeviceHost(store, options);
  const alice = host.browser();
  await alice.setUp();
  return { ...host, alice };
}

const payment = (amount: string) => ({
  type: 'payment_initiation',
  instructedAmount: { amount, currency: 'EUR' },
  creditorName: 'Example Railways',
});

describe('A request that ends elsewhere', () => {
  it('leaves the list as soon as the signal announces it, and is shown as ended', async () => {
    const decided = decisionSignal();
    const { alice, ask } = await start({ decided });
    const { id } = await ask();
    const { body: details } = await alice.details(id);
    decided.decided(id);
    await until(async () => (await alice.call('requests')).body.requests.length === 0);
    expect((await alice.details(id)).body).toMatchObject({ state: 'ended', end: 'elsewhere' });
    const credential = alice.sign(details);
    for (const answer of [
      await alice.call('approve', { id, language: 'en', credential }),
      await alice.call('deny', { id }),
    ]) {
      expect([answer.status, answer.body]).toMatchObject([410, { error: 'ended', end: 'elsewhere' }]);
    }
  });

  it('is not mistaken for one that the phone has decided: its own decision stays', async () => {
    const decided = decisionSignal();
    const ids: string[] = [];
    const { alice, ask } = await start({ decided, complete: async () => decided.decided(ids[0] as string) });
    ids.push((await ask()).id);
    expect((await alice.approve(ids[0] as string)).body).toEqual({ state: 'completed', decision: 'approved' });
    expect((await alice.details(ids[0] as string)).body).toMatchObject({ state: 'completed', decision: 'approved' });
  });
});

describe('withdraw()', () => {
  it('ends a request of the client as failed', async () => {
    const { alice, ask, completed, phone } = await start();
    const authReqId = 'an auth_req_id that is withdrawn';
    const { id, handle } = await ask({ authReqId });
    expect(await phone.withdraw(authReqId, { clientId: 'another' })).toBe(false);
    expect((await alice.call('requests')).body.requests).toHaveLength(1);
    expect(await phone.withdraw(authReqId, { clientId: '1234567890' })).toBe(true);
    expect((await alice.call('requests')).body.requests).toEqual([]);
    expect((await alice.details(id)).body).toMatchObject({ state: 'ended', end: 'withdrawn' });
    await until(async () => completed.has(handle));
    expect(completed.get(handle)).toEqual(failed());
    expect(await phone.withdraw(authReqId, { clientId: '1234567890' })).toBe(false);
    expect(await phone.withdraw('unknown', { clientId: '1234567890' })).toBe(false);
  });
});

describe('The page that shows a request', () => {
  /** Two processes; `held` resolves when the page's question is held at the first. */
  async function asking() {
    const store = memoryDeviceStore();
    const held = deferred();
    const { watch } = store;
    const watched = (...args: Parameters<NonNullable<typeof watch>>) => {
      held.resolve();
      return watch?.(...args) as () => void;
    };
    const host = await startDeviceHost({ ...store, watch: watched });
    const other = await startDeviceHost(store);
    const alice = host.browser();
    await alice.setUp();
    const authReqId = 'an auth_req_id that is withdrawn';
    const { id } = await host.ask({ authReqId });
    const answer = alice.call('request', { id, language: 'en', seen: 'waiting' });
    await held.promise;
    return { host, other, authReqId, answer };
  }

  // The time limits are below the ten seconds for which the question is held.
  concurrently(
    'learns at once that it was withdrawn, at whichever process',
    async () => {
      const { other, authReqId, answer } = await asking();
      await other.phone.withdraw(authReqId, { clientId: '1234567890' });
      expect((await answer).body).toMatchObject({ state: 'ended', end: 'withdrawn' });
    },
    9000,
  );

  concurrently(
    'is answered when the server stops',
    async () => {
      const { host, answer } = await asking();
      await host.phone.close();
      expect((await answer).body).toMatchObject({ state: 'waiting' });
    },
    9000,
  );
});

describe('A client that asks the same again', () => {
  it('replaces its earlier request, which fails', async () => {
    const { alice, ask, completed } = await start();
    const details = [payment('89.90')];
    const first = await ask({ details });
    const other = await ask({ details: [payment('89.91')] });
    const second = await ask({ details });
    const { requests } = (await alice.call('requests')).body;
    expect(requests.map(({ id }: { id: string }) => id).sort()).toEqual([other.id, second.id].sort());
    expect((await alice.details(first.id)).body).toMatchObject({ state: 'ended', end: 'replaced' });
    await until(async () => completed.has(first.handle));
    expect(completed.get(first.handle)).toEqual(failed());
  });

  it('is not refused because its own earlier requests fill the list', async () => {
    const { ask } = await start();
    for (let n = 1; n <= 5; n += 1) await ask({ bindingMessage: `W4SC${n}` });
    expect((await ask({ bindingMessage: 'W4SC3' })).said).not.toHaveProperty('result');
    expect((await ask({ bindingMessage: 'W4SC6' })).said).toMatchObject({ result: 'TRANSACTION_FAILED' });
  });
});

describe('A denial', () => {
  it('is recorded before Authlete is told, and reported if the user did not ask for it', async () => {
    const order: [string, unknown][] = [];
    const { alice, ask } = await start({
      onDecision: (record: DenialRecord) => order.push(['onDecision', record]),
      report: (request: Shown) => order.push(['report', request.transaction]),
      complete: async (_handle, decision) => order.push(['complete', decision]),
    });
    const { id } = await ask();
    expect((await alice.call('report', { id })).body).toEqual({ state: 'completed', decision: 'denied' });
    expect(order).toEqual([
      ['onDecision', expect.objectContaining({ version: 1, reported: true, shown: expect.stringContaining(id) })],
      ['report', id],
      ['complete', denied()],
    ]);
  });

  it('that cannot be recorded completes nothing, and the phone may try again', async () => {
    let fails = true;
    const { alice, ask, completed } = await start({
      onDecision() {
        if (fails) throw new Error('the audit log is full');
      },
    });
    const { id } = await ask();
    expect((await alice.call('deny', { id })).body.error).toBe('not_recorded');
    expect((await alice.details(id)).body.state).toBe('waiting');
    expect(completed.size).toBe(0);
    fails = false;
    expect((await alice.call('deny', { id })).body).toEqual({ state: 'completed', decision: 'denied' });
  });

  it('counts even if its report fails', async () => {
    const { alice, ask, logger } = await start({ report: () => Promise.reject(new Error('no desk')) });
    const { id } = await ask();
    expect((await alice.call('report', { id })).body.state).toBe('completed');
    expect(logger.text()).toContain('report failed');
  });
});

describe('The list', () => {
  it('shows what waits first, then what was decided, with amounts, beyond the expiry of the request', async () => {
    const { alice, ask } = await start();
    const { id: first } = await ask({ details: [payment('89.90')], lifetime: 700 });
    await alice.approve(first);
    const { id: second } = await ask({ details: [payment('5.00')] });
    const { body } = await alice.details(first);
    while (Date.now() < JSON.parse(body.shown).expiresAt) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await alice.call('requests', { language: 'en' })).body.requests).toMatchObject([
      { id: second, state: 'waiting', amounts: ['5.00 EUR'] },
      { id: first, state: 'completed', decision: 'approved', amounts: ['89.90 EUR'], endedAt: expect.any(Number) },
    ]);
  });

  it('shows amount and payee if the host declares them, from details as the client wrote them', async () => {
    const { alice, ask } = await start({
      payment([detail]) {
        const { instructedAmount, creditorName } = detail as unknown as ReturnType<typeof payment>;
        return { amount: `${instructedAmount.amount} ${instructedAmount.currency}`, payee: creditorName };
      },
    });
    await ask({ details: [payment('89.90')] });
    expect((await alice.call('requests')).body.requests).toMatchObject([
      { payment: { amount: '89.90 EUR', payee: 'Example Railways' } },
    ]);
  });
});

describe('What was asked', () => {
  it('is approved as it was worded then, by a process that words it differently now', async () => {
    const { englishDeviceTexts } = await import('ciba-backchannel/device');
    const { request } = englishDeviceTexts;
    const store = memoryDeviceStore();
    const { alice, ask } = await start({}, store);
    const { id } = await ask({ scopes: [{ name: 'openid' }] });
    const { body } = await alice.details(id);
    const texts = [{ ...englishDeviceTexts, request: { ...request, scopes: { openid: 'Know your name' } } }];
    const next = await startDeviceHost(store, { texts });
    const phone = next.browser({ authenticator: alice.authenticator });
    for (const [name, value] of alice.cookies) phone.cookies.set(name, value);
    expect((await phone.details(id)).body.shown).toBe(body.shown);
    const credential = alice.sign(body);
    expect((await phone.call('approve', { id, language: 'en', credential })).body.state).toBe('completed');
  });

  it('is refused when it does not fit in one of the languages', async () => {
    const { englishDeviceTexts } = await import('ciba-backchannel/device');
    const { request } = englishDeviceTexts;
    const long = { ...request, language: 'de', scopes: { openid: 'x'.repeat(501) } };
    const { ask } = await start({ texts: [englishDeviceTexts, { ...englishDeviceTexts, request: long }] });
    expect((await ask({ scopes: [{ name: 'openid' }] })).said).toMatchObject({ result: 'TRANSACTION_FAILED' });
  });
});

describe('An approval that a queue keeps for Authlete', () => {
  it('counts as not yet delivered until the signal says that it is', async () => {
    const decided = decisionSignal();
    const { alice, ask } = await start({ decided, complete: async () => ({ action: 'QUEUED' }) });
    const { id } = await ask();
    expect((await alice.approve(id)).body).toEqual({ state: 'decided', decision: 'approved' });
    decided.decided(id);
    await until(async () => (await alice.details(id)).body.state !== 'decided');
    expect((await alice.details(id)).body).toMatchObject({ state: 'completed', decision: 'approved' });
  });
});

describe('A process that dies while the host records an approval', () => {
  concurrently('leaves it to another, which shows it if Authlete then refuses the approval', async () => {
    const store = memoryDeviceStore();
    const hanging = deferred();
    const dead = await start({ onApproval: () => hanging.promise }, store);
    const { id } = await dead.ask();
    const answer = dead.alice.approve(id).catch(() => {});
    await until(async () => (await dead.alice.details(id)).body.state === 'decided');
    const { alice } = dead;
    await dead.close();
    await answer;
    const refusing = await startDeviceHost(
      { ...store, due: (kind, now, max) => store.due(kind, now + 60_000, max) },
      { complete: () => Promise.reject(Object.assign(new Error('no'), { code: 'ERR_COMPLETE_REFUSED' })) },
    );
    const phone = refusing.browser({ authenticator: alice.authenticator });
    for (const [name, value] of alice.cookies) phone.cookies.set(name, value);
    await until(async () => (await phone.details(id)).body.state !== 'decided');
    expect((await phone.details(id)).body).toMatchObject({ state: 'refused', decision: 'approved' });
    hanging.reject(new Error('the process is dead'));
  });
});

describe('A store that takes whole numbers only', () => {
  it('keeps a decision of which Authlete could not be told', async () => {
    const store = memoryDeviceStore();
    const whole: DeviceStore = {
      ...store,
      async replace(row) {
        for (const time of [row.dueAt, row.expiresAt]) {
          if (time !== null && !Number.isInteger(time)) throw new Error('invalid input syntax for type bigint');
        }
        return store.replace(row);
      },
    };
    const away = () => Promise.reject(Object.assign(new Error('no route'), { code: 'ERR_AUTHLETE_UNREACHABLE' }));
    const { alice, ask } = await start({ complete: away }, whole);
    const { id } = await ask();
    expect((await alice.approve(id)).body).toEqual({ state: 'decided', decision: 'approved' });
    expect((await alice.call('deny', { id })).body).toMatchObject({ error: 'already_decided', decision: 'approved' });
  });
});

describe('Numbers in details', () => {
  it('are shown, and given to payment(), digit by digit', async () => {
    const { alice, phone } = await start({
      payment: ([detail]) => ({ amount: `${(detail as { amount?: unknown } | undefined)?.amount} EUR`, payee: 'A' }),
    });
    const authReqId = 'one with a long number';
    const otherFields = '{"amount":12345678901234567.10,"reference":9007199254740993}';
    await phone.authenticate({
      id: transactionId(authReqId),
      handle: 'handle',
      subject: 'alice',
      user: { subject: 'alice' },
      authReqId,
      expiresAt: new Date(Date.now() + 60_000),
      signal: new AbortController().signal,
      request: {
        clientId: '1',
        hint: 'alice',
        hintType: 'LOGIN_HINT',
        deliveryMode: 'POLL',
        scopes: [],
        authorizationDetails: { elements: [{ type: 'payment', otherFields }] },
      },
    });
    const shown: Shown = JSON.parse((await alice.details(transactionId(authReqId))).body.shown);
    expect(shown.payment?.amount.replaceAll(',', '')).toBe('12345678901234567.10 EUR');
    expect(JSON.stringify(shown.details)).toContain('9007199254740993');
  });
});

describe('Decisions that Authlete does not answer', () => {
  concurrently('do not hold up those of others', async () => {
    const store = memoryDeviceStore();
    const away = () => Promise.reject(Object.assign(new Error('no route'), { code: 'ERR_AUTHLETE_UNREACHABLE' }));
    const one = await start({ complete: away }, store);
    const handles: string[] = [];
    for (let n = 1; n <= 3; n += 1) {
      const { id, handle } = await one.ask({ bindingMessage: `W4SC${n}` });
      await one.alice.call('deny', { id });
      handles.push(handle);
    }
    await one.close();
    const told: [string, Decision][] = [];
    await startDeviceHost(store, {
      logger: recordingLogger(),
      complete(handle, decision) {
        if (handle === handles[0]) return new Promise(() => {});
        told.push([handle, decision]);
        return Promise.resolve();
      },
    });
    await until(async () => told.length === 2);
    expect(told.map(([handle]) => handle).sort()).toEqual(handles.slice(1).sort());
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
