import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { authorized, cibaCompletion, denied } from 'ciba-backchannel';
import { handles } from '../../lib/completion/handle.js';
import { type StubAuthlete, stubAuthlete } from '../support/complete-stub.js';
import { recordingListener } from '../support/recording-listener.js';
import { recordingLogger } from '../support/recording-logger.js';

const handleKeys = ['a secret of at least thirty-two bytes'];
const { seal } = handles(handleKeys);
const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
const cyclic: unknown[] = [];
cyclic.push(cyclic);

function handle(ticket = 'ticket-1'): string {
  return seal({
    id: 'transaction-1',
    ticket,
    subject: 'alice',
    clientId: '42',
    deliveryMode: 'PUSH',
    claimNames: ['email'],
    expiresAt: Date.now() + 60_000,
  });
}

function completing(authlete: StubAuthlete) {
  const logger = recordingLogger();
  const { events, onEvent } = recordingListener();
  return { ...cibaCompletion({ authlete, handleKeys, logger, onEvent, timeout: 5_000 }), logger, events };
}

const oddities: [string, unknown][] = [
  ['an object that cannot be made a text', { toString: 1 }],
  ['an array 100,000 deep', deep],
  ['an array that holds itself', cyclic],
  ['a number', 7],
  ['null', null],
  ['nothing', undefined],
  ['a symbol', Symbol('NO_ACTION')],
];

describe('complete() rejects with a code that is documented', () => {
  it.each(oddities)('when the action is %s', async (_, action) => {
    const { complete, events } = completing(stubAuthlete({ action } as never));
    await expect(complete(handle(), denied())).rejects.toMatchObject({
      name: 'AuthleteError',
      code: 'ERR_AUTHLETE_ANSWER',
    });
    // Whether Authlete took the decision is not known.
    expect(events).toMatchObject([{ type: 'gaveUp', why: 'unknown' }]);
  });

  it.each(oddities)('when resultMessage and resultCode of a refusal are %s', async (_, odd) => {
    const { complete } = completing(
      stubAuthlete({ action: 'SERVER_ERROR', resultCode: odd, resultMessage: odd } as never),
    );
    const error = await complete(handle(), denied()).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'CompletionError', code: 'ERR_COMPLETE_REFUSED' });
    expect([error.resultCode, error.resultMessage]).toEqual([undefined, undefined]);
  });

  it.each([...oddities, ['an empty text', ''], ['an array of JSON', '[]'], ['a text that is no JSON', 'ok']])(
    'when the content for the client is %s',
    async (_, responseContent) => {
      const { complete, events } = completing(
        stubAuthlete({
          action: 'NOTIFICATION',
          responseContent,
          clientNotificationEndpoint: 'https://client.example/cb',
          clientNotificationToken: 'token',
        } as never),
      );
      await expect(complete(handle(), denied())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_ANSWER' });
      expect(events).toMatchObject([{ type: 'completed' }, { type: 'gaveUp', why: 'unknown' }]);
    },
  );

  it.each([...oddities, ['a number beyond 2^53', 2n ** 60n]])(
    'or goes on without it, when the delivery mode is %s',
    async (_, deliveryMode) => {
      const { complete, close, events } = completing(
        stubAuthlete({
          action: 'NOTIFICATION',
          responseContent: '{}',
          clientNotificationEndpoint: 'https://127.0.0.1/cb',
          clientNotificationToken: 'token',
          deliveryMode,
        } as never),
      );
      expect(await complete(handle(), denied())).toMatchObject({ action: 'NOTIFICATION' });
      await close();
      expect(events).toMatchObject([{ type: 'completed' }, { type: 'gaveUp', why: 'refused' }]);
    },
  );

  it.each(oddities)('when endpoint and token of the client are %s', async (_, odd) => {
    const { complete, events } = completing(
      stubAuthlete({
        action: 'NOTIFICATION',
        responseContent: '{}',
        clientNotificationEndpoint: odd,
        clientNotificationToken: odd,
      } as never),
    );
    await expect(complete(handle(), denied())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_ANSWER' });
    expect(events).toMatchObject([{ type: 'completed' }, { type: 'gaveUp', why: 'unknown' }]);
  });
});

describe('What Authlete says when it refuses a decision', () => {
  const ticket = 'ticket-of-the-spec-5d10';
  const accessToken = 'access-token-of-the-host-c4e2';
  const clientNotificationToken = 'notification-token-of-the-client-0b7a';

  it('is masked where it repeats a secret of the call or of the answer, in the error and in the log', async () => {
    const { complete, logger } = completing(
      stubAuthlete((request) => ({
        action: 'SERVER_ERROR',
        resultCode: 'A178201',
        resultMessage: `no ${ticket}: ${accessToken} ${clientNotificationToken} ${request.claims}`,
        clientNotificationToken,
      })),
    );
    const decision = authorized({ accessToken, claims: { email: 'alice@example.com' } });
    const error = await complete(handle(ticket), decision).catch((thrown) => thrown);
    expect(error).toMatchObject({ resultCode: 'A178201', resultMessage: 'no ***: *** *** ***' });
    for (const text of [inspect(error, { depth: 9 }), logger.text()]) {
      for (const secret of [ticket, accessToken, clientNotificationToken, 'alice@example.com']) {
        expect(text).not.toContain(secret);
      }
    }
  });

  it('is cut to a length that a log can bear', async () => {
    const { complete } = completing(stubAuthlete({ action: 'SERVER_ERROR', resultMessage: 'x'.repeat(1_000_000) }));
    const error = await complete(handle(), denied()).catch((thrown) => thrown);
    expect(error.resultMessage).toHaveLength(1_000);
  });
});

it('Authlete is told how long somebody waits for the answer, and no call is repeated beyond that', async () => {
  let within: number | undefined;
  const authlete = stubAuthlete((_, options) => {
    within = options?.within;
    return { action: 'NO_ACTION' };
  });
  await completing(authlete).complete(handle(), denied());
  expect(within).toBeGreaterThan(0);
  expect(within).toBeLessThanOrEqual(5_000);
});
