import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type CibaCompletionOptions, cibaCompletion } from '../../lib/completion/completion.js';
import { authorized, denied, failed, later } from '../../lib/completion/decision.js';
import { type HandleContents, handles } from '../../lib/completion/handle.js';
import { type StubAuthlete, stubAuthlete } from '../support/complete-stub.js';
import { deferred, never } from '../support/deferred.js';
import { fakeOnly } from '../support/fake-timers.js';
import { memoryStore } from '../support/memory-queue.js';
import { recordingListener } from '../support/recording-listener.js';
import { recordingLogger } from '../support/recording-logger.js';

const handleKeys = ['a secret of at least thirty-two bytes'];
const { seal } = handles(handleKeys);
let tickets = 0;

afterEach(() => {
  jest.useRealTimers();
});

function handleOf(contents: Partial<HandleContents> = {}): string {
  tickets += 1;
  return seal({
    id: `transaction-${tickets}`,
    ticket: `ticket-${tickets}`,
    subject: 'alice',
    clientId: '42',
    deliveryMode: 'POLL',
    claimNames: ['name', 'email', 'family_name#ja'],
    expiresAt: Date.now() + 60_000,
    ...contents,
  });
}

function completionWith(authlete: StubAuthlete, options: Partial<CibaCompletionOptions> = {}) {
  return cibaCompletion({ authlete, handleKeys, logger: false, ...options });
}

describe('cibaCompletion()', () => {
  const authlete = stubAuthlete();

  it.each<[string, unknown, string]>([
    ['no options', undefined, 'cibaCompletion needs an object of options'],
    ['no AuthleteApi', { handleKeys }, 'authlete must be an AuthleteApi'],
    ['an AuthleteApi that cannot complete', { authlete: {}, handleKeys }, 'backchannelAuthenticationComplete()'],
    ['no handleKeys', { authlete }, 'handleKeys is missing'],
    ['a queue without handleKeys', { authlete, queue: memoryStore().queue() }, 'handleKeys is missing'],
    ['handleKeys that are null', { authlete, handleKeys: null }, 'handleKeys must be an array'],
    ['a short key', { authlete, handleKeys: ['short'] }, 'handleKeys[0] must be'],
    ['claims that are no function', { authlete, handleKeys, claims: {} }, 'claims must be a function'],
    ['an onEvent that is no function', { authlete, handleKeys, onEvent: 1 }, 'onEvent must be a function'],
    ['a logger that cannot warn', { authlete, handleKeys, logger: {} }, 'logger must have a method'],
    ['a timeout that is no number', { authlete, handleKeys, timeout: '5s' }, 'timeout must be a number'],
    ['notifications that are no object', { authlete, handleKeys, notifications: 1 }, 'notifications must be an object'],
    ['allow', { authlete, handleKeys, notifications: { allow: true } }, 'notifications.allow must be a function'],
    [
      'onGiveUp',
      { authlete, handleKeys, notifications: { onGiveUp: [] } },
      'notifications.onGiveUp must be a function',
    ],
    [
      'their timeout',
      { authlete, handleKeys, notifications: { timeout: 0 } },
      'notifications.timeout must be a number',
    ],
    ['tls', { authlete, handleKeys, notifications: { tls: 'ca' } }, 'notifications.tls must be an object'],
    ['a CA', { authlete, handleKeys, notifications: { tls: { ca: 'x' } } }, 'notifications.tls has a ca, cert or key'],
    ['a key', { authlete, handleKeys, notifications: { tls: { key: 'x' } } }, 'notifications.tls needs both'],
  ])('refuses %s', (_kind, options, message) => {
    expect(() => cibaCompletion(options as never)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    expect(() => cibaCompletion(options as never)).toThrow(message);
  });
});

describe('complete()', () => {
  it('resolves to NO_ACTION when the client polls', async () => {
    const authlete = stubAuthlete({ action: 'NO_ACTION' });
    const result = await completionWith(authlete).complete(handleOf(), authorized({ authTime: null }));
    expect(result).toEqual({ action: 'NO_ACTION' });
    expect(authlete.requests).toEqual([{ ticket: `ticket-${tickets}`, result: 'AUTHORIZED', subject: 'alice' }]);
  });

  it('sends every parameter of authorized(), objects as JSON in strings', async () => {
    const authlete = stubAuthlete();
    const decision = authorized({
      sub: 'pairwise-1',
      authTime: new Date(1_760_000_000_999),
      acr: 'urn:example:fingerprint',
      claims: { name: 'Alice', 'family_name#ja': '愛' },
      properties: [{ key: 'branch', value: '7', hidden: true }],
      scopes: ['openid'],
      idtHeaderParams: { typ: 'JWT' },
      consentedClaims: ['name'],
      jwtAtClaims: { tenant: 1 },
      accessToken: 'made-here',
      accessTokenDuration: 60,
      refreshTokenDuration: 3600,
      idTokenAudType: 'string',
    });
    await completionWith(authlete).complete(handleOf({ ticket: 'all' }), decision);
    expect(authlete.requests).toEqual([
      {
        ticket: 'all',
        result: 'AUTHORIZED',
        subject: 'alice',
        sub: 'pairwise-1',
        authTime: 1_760_000_000,
        acr: 'urn:example:fingerprint',
        claims: '{"name":"Alice","family_name#ja":"愛"}',
        properties: [{ key: 'branch', value: '7', hidden: true }],
        scopes: ['openid'],
        idtHeaderParams: '{"typ":"JWT"}',
        consentedClaims: ['name'],
        jwtAtClaims: '{"tenant":1}',
        accessToken: 'made-here',
        accessTokenDuration: 60,
        refreshTokenDuration: 3600,
        idTokenAudType: 'string',
      },
    ]);
  });

  it.each([
    [denied(), { result: 'ACCESS_DENIED' }],
    [failed(), { result: 'TRANSACTION_FAILED' }],
    [
      denied({ description: 'not me', uri: 'https://bank.example/e' }),
      { result: 'ACCESS_DENIED', errorDescription: 'not me', errorUri: 'https://bank.example/e' },
    ],
  ])('sends the subject with %j, too', async (decision, fields) => {
    const authlete = stubAuthlete();
    await completionWith(authlete, { claims: () => ({ name: 'Alice' }) }).complete(handleOf(), decision);
    expect(authlete.requests).toEqual([{ ticket: `ticket-${tickets}`, subject: 'alice', ...fields }]);
  });

  it.each([
    ['later()', later()],
    ['one written by hand', { result: 'AUTHORIZED' }],
    ['nothing', undefined],
  ])('does not take %s for a decision', async (_kind, decision) => {
    const authlete = stubAuthlete();
    const completed = completionWith(authlete).complete(handleOf(), decision as never);
    await expect(completed).rejects.toMatchObject({ name: 'TypeError' });
    expect(authlete.requests).toEqual([]);
  });

  it('rejects handles that are malformed, foreign or expired, and Authlete does not hear of them', async () => {
    const authlete = stubAuthlete();
    const { complete } = completionWith(authlete);
    const foreign = handles(['another secret of thirty-two bytes']).seal({
      id: 'i',
      ticket: 't',
      subject: 'mallory',
      clientId: '1',
      deliveryMode: 'POLL',
      claimNames: [],
      expiresAt: 1e15,
    });
    await expect(complete('x', denied())).rejects.toMatchObject({ code: 'ERR_HANDLE_MALFORMED' });
    await expect(complete(foreign, denied())).rejects.toMatchObject({ code: 'ERR_HANDLE_UNKNOWN_KEY' });
    const expired = handleOf({ expiresAt: Date.now() });
    await expect(complete(expired, denied())).rejects.toMatchObject({ code: 'ERR_HANDLE_EXPIRED' });
    expect(authlete.requests).toEqual([]);
  });
});

describe('claims', () => {
  const values = { name: 'Alice', email: null, phone_number: '+351', 'family_name#ja': undefined };

  it.each([[['name']], [[]]])(
    'of the decision are sent as they are, whatever was requested: %j',
    async (claimNames) => {
      const authlete = stubAuthlete();
      const claims = jest.fn(() => ({}));
      const given = { ...values, amr: ['pin'], openbanking_intent_id: 'urn:alphabank-7' };
      await completionWith(authlete, { claims }).complete(handleOf({ claimNames }), authorized({ claims: given }));
      expect(JSON.parse(authlete.requests[0]?.claims ?? '')).toEqual(JSON.parse(JSON.stringify(given)));
      expect(claims).not.toHaveBeenCalled();
    },
  );

  it('that are missing, of the decision and for want of a hook, are the mistake of the host', async () => {
    const authlete = stubAuthlete();
    const logger = recordingLogger();
    const { complete } = completionWith(authlete, { logger });
    await complete(handleOf({ claimNames: [] }), authorized());
    await complete(handleOf(), authorized({ claims: {} }));
    await complete(handleOf(), denied());
    expect(logger.entries).toEqual([]);
    await complete(handleOf(), authorized());
    expect(logger.entries).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(/^the client requested claims, but neither/),
        details: { claims: ['name', 'email', 'family_name#ja'] },
      },
    ]);
    expect('claims' in (authlete.requests.at(-1) ?? {})).toBe(false);
  });

  it.each<[string, () => never]>([
    ['an object', () => values as never],
    ['a promise', () => Promise.resolve(values) as never],
  ])(
    'without them in the decision, the hook is asked with the subject and the names, and gives %s',
    async (_k, give) => {
      const authlete = stubAuthlete();
      const claims = jest.fn((_user: object, _names: string[]) => give());
      await completionWith(authlete, { claims }).complete(handleOf(), authorized());
      expect(claims).toHaveBeenCalledWith({ subject: 'alice' }, ['name', 'email', 'family_name#ja']);
      expect(authlete.requests[0]?.claims).toBe('{"name":"Alice","email":null}');
    },
  );

  it('are left out when there are none', async () => {
    const authlete = stubAuthlete();
    for (const given of [undefined, null, {}, { phone_number: '+351' }]) {
      await completionWith(authlete, { claims: () => given }).complete(handleOf(), authorized());
    }
    expect(authlete.requests.map((request) => 'claims' in request)).toEqual([false, false, false, false]);
  });

  it('are not asked for when the client requested none', async () => {
    const authlete = stubAuthlete();
    const claims = jest.fn(() => ({}));
    const handle = handleOf({ claimNames: [] });
    await completionWith(authlete, { claims }).complete(handle, authorized());
    expect(claims).not.toHaveBeenCalled();
    expect('claims' in (authlete.requests[0] ?? {})).toBe(false);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no database'))],
    ['gives a string', () => 'Alice'],
    ['gives an array', () => []],
    ['gives what is no JSON', () => ({ name: 1n })],
    ['never answers', () => never],
  ])('from a hook that %s: the caller hears of it and may try again', async (_kind, claims) => {
    const authlete = stubAuthlete();
    const handle = handleOf();
    const failing = completionWith(authlete, { claims: claims as never, timeout: 20 });
    await expect(failing.complete(handle, authorized())).rejects.toMatchObject({
      name: 'CompletionError',
      code: 'ERR_CLAIMS_FAILED',
      cause: expect.anything(),
    });
    expect(authlete.requests).toEqual([]);
    await expect(completionWith(authlete).complete(handle, authorized())).resolves.toEqual({ action: 'NO_ACTION' });
  });
});

describe('when Authlete does not take the decision', () => {
  it('complete() rejects on SERVER_ERROR, without the ticket', async () => {
    const { complete } = completionWith(
      stubAuthlete(({ ticket }) => ({ action: 'SERVER_ERROR', resultCode: 'A178201', resultMessage: `${ticket}?` })),
    );
    const error = await complete(handleOf({ ticket: 'secret-ticket' }), denied()).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'CompletionError', code: 'ERR_COMPLETE_REFUSED', resultCode: 'A178201' });
    expect(inspect(error)).not.toContain('secret-ticket');
  });

  it.each([
    ['no object', null],
    ['an array', []],
    ['an unknown action', { action: 'OK' }],
    ['no action', {}],
    [
      'a notification without body',
      { action: 'NOTIFICATION', clientNotificationEndpoint: 'https://c.example', clientNotificationToken: 't' },
    ],
    [
      'a notification without endpoint',
      { action: 'NOTIFICATION', responseContent: '{}', clientNotificationToken: 't' },
    ],
    [
      'a notification without token',
      { action: 'NOTIFICATION', responseContent: '{}', clientNotificationEndpoint: 'https://c.example' },
    ],
    [
      'a token that no header can carry',
      {
        action: 'NOTIFICATION',
        responseContent: '{}',
        clientNotificationEndpoint: 'https://c.example',
        clientNotificationToken: 'a\r\nb: c',
      },
    ],
  ])('complete() rejects nonsense: %s', async (_kind, answer) => {
    const { complete } = completionWith(stubAuthlete(() => answer));
    await expect(complete(handleOf(), denied())).rejects.toMatchObject({
      name: 'AuthleteError',
      code: 'ERR_AUTHLETE_ANSWER',
      api: 'backchannelAuthenticationComplete',
    });
  });

  it('complete() passes on an error of the client that has a code', async () => {
    const error = Object.assign(new Error('429'), { code: 'ERR_AUTHLETE_STATUS', status: 429 });
    const { complete } = completionWith(stubAuthlete(() => Promise.reject(error)));
    await expect(complete(handleOf(), denied())).rejects.toBe(error);
  });

  it('complete() gives any other error of an AuthleteApi a code', async () => {
    const error = new Error('socket hang up');
    const { complete } = completionWith(stubAuthlete(() => Promise.reject(error)));
    await expect(complete(handleOf(), denied())).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_UNREACHABLE',
      cause: error,
    });
  });

  it('complete() rejects after its timeout, and does not cut the call off', async () => {
    const answer = deferred<object>();
    let signal: AbortSignal | undefined;
    const { events, onEvent } = recordingListener();
    const authlete = stubAuthlete((_request, options) => {
      signal = options?.signal;
      return answer.promise;
    });
    const completion = completionWith(authlete, { timeout: 20, onEvent });
    await expect(completion.complete(handleOf(), denied())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_TIMEOUT' });
    expect(signal?.aborted).not.toBe(true);
    answer.resolve({ action: 'NO_ACTION' });
    await completion.idle();
    expect(events).toMatchObject([{ type: 'completed', result: 'ACCESS_DENIED' }]);
  });
});

describe('completing twice', () => {
  it('is safe: the second caller hears of it', async () => {
    const authlete = stubAuthlete();
    const { complete } = completionWith(authlete);
    const handle = handleOf();
    await complete(handle, authorized());
    await expect(complete(handle, denied())).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
  });

  it('at once: one decision is taken', async () => {
    const { complete } = completionWith(stubAuthlete());
    const handle = handleOf();
    const settled = await Promise.allSettled(
      [authorized(), denied(), failed()].map((decision) => complete(handle, decision)),
    );
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const each of settled) {
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    }
  });

  it('at once, when Authlete does not hear of the first decision: the second one is taken', async () => {
    let calls = 0;
    const authlete = stubAuthlete(async () => {
      calls += 1;
      if (calls === 1) throw new Error('connection reset');
      return { action: 'NO_ACTION' };
    });
    const { complete } = completionWith(authlete);
    const handle = handleOf();
    const settled = await Promise.allSettled([complete(handle, authorized()), complete(handle, authorized())]);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(authlete.requests).toHaveLength(2);
  });
});

describe('the completed event', () => {
  it('says who and what, and holds no secret', async () => {
    const { events, onEvent } = recordingListener();
    const { complete } = completionWith(stubAuthlete(), { onEvent });
    await complete(handleOf(), denied({ description: 'not me' }));
    expect(events).toEqual([
      {
        type: 'completed',
        deliveryMode: 'POLL',
        transaction: `transaction-${tickets}`,
        clientId: '42',
        subject: 'alice',
        result: 'ACCESS_DENIED',
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('is not sent when Authlete did not take the decision', async () => {
    const { events, onEvent } = recordingListener();
    const { complete } = completionWith(stubAuthlete({ action: 'SERVER_ERROR' }), { onEvent });
    await expect(complete(handleOf(), denied())).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    expect(events).toEqual([]);
  });

  it('does not harm when its listener throws', async () => {
    const logger = recordingLogger();
    const onEvent = () => {
      throw new Error('no metrics');
    };
    const { complete } = completionWith(stubAuthlete(), { onEvent, logger });
    await expect(complete(handleOf(), denied())).resolves.toEqual({ action: 'NO_ACTION' });
    expect(logger.entries).toMatchObject([{ level: 'error', message: 'onEvent failed' }]);
  });
});

describe('close()', () => {
  it('waits for what is in flight', async () => {
    const answer = deferred<object>();
    const { complete, close } = completionWith(stubAuthlete(() => answer.promise));
    const order: string[] = [];
    const completed = complete(handleOf(), denied()).then(() => order.push('completed'));
    const closed = close().then((left) => {
      order.push('closed');
      return left;
    });
    answer.resolve({ action: 'NO_ACTION' });
    await completed;
    expect(await closed).toEqual({ transactions: 0, deliveries: 0 });
    expect(order).toEqual(['completed', 'closed']);
  });

  it('does not wait for longer than its timeout', async () => {
    fakeOnly('performance', 'setTimeout', 'clearTimeout');
    const { complete, close } = completionWith(
      stubAuthlete(() => never),
      { timeout: 200 },
    );
    const completed = complete(handleOf(), denied());
    completed.catch(() => {});
    const closed = close({ timeout: 5 });
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await closed).toEqual({ transactions: 1, deliveries: 0 });
    await expect(completed).rejects.toMatchObject({ code: 'ERR_AUTHLETE_TIMEOUT' });
  });

  it('makes complete() an error, and the transaction can be completed elsewhere', async () => {
    const authlete = stubAuthlete();
    const { complete, close } = completionWith(authlete);
    const handle = handleOf();
    await close();
    await expect(complete(handle, authorized())).rejects.toMatchObject({ name: 'CompletionError', code: 'ERR_CLOSED' });
    expect(authlete.requests).toEqual([]);
    await expect(completionWith(authlete).complete(handle, authorized())).resolves.toEqual({ action: 'NO_ACTION' });
  });

  it('may be called twice', async () => {
    const { close } = completionWith(stubAuthlete());
    const nothing = { transactions: 0, deliveries: 0 };
    expect(await Promise.all([close(), close({ timeout: 0 })])).toEqual([nothing, nothing]);
    expect(await close()).toEqual(nothing);
  });

  it.each([-1, Number.NaN, 2 ** 31, '1s'])(
    'throws at once, as the other factories do, for a timeout of %p',
    (timeout) => {
      const { close } = completionWith(stubAuthlete());
      expect(() => close({ timeout: timeout as number })).toThrow(expect.objectContaining({ name: 'TypeError' }));
    },
  );
});
