import { describe, expect, it } from '@jest/globals';
import { type AuthenticationRequest, cibaBackchannel } from 'ciba-backchannel';
import { ask } from '../support/asking.js';
import { recordingLogger } from '../support/recording-logger.js';
import { stubAuthlete, ticket, valid } from '../support/stub-authlete.js';

/** A list in a list, and so on: deeper than the stack. */
function deep(): unknown {
  let value: unknown = [];
  for (let depth = 0; depth < 100_000; depth += 1) value = [value];
  return value;
}

/** Sends a request that Authlete parses as told; gives the answer, and what the hook saw. */
async function judged(response: object) {
  const authlete = stubAuthlete({ backchannelAuthentication: { ...valid, ...response } });
  const logger = recordingLogger();
  let seen: AuthenticationRequest | undefined;
  const ciba = cibaBackchannel({
    authlete,
    logger,
    identifyUser(request) {
      seen = request;
      return null;
    },
  });
  const { status, body } = await ask(ciba);
  await ciba.close();
  return { status, body, seen, logger, fails: authlete.requests('backchannelAuthenticationFail') };
}

describe('What hooks see of a request', () => {
  it('has everything but the secrets, and nothing that has no value', async () => {
    const { seen } = await judged({ clientIdAlias: 'teller', acrs: null, newField: { a: 1 }, responseContent: null });
    const { action, ticket, clientNotificationToken, ...shown } = valid;
    expect(seen).toEqual({ ...shown, clientIdAlias: 'teller', newField: { a: 1 } });
  });

  it.each([
    ['number', 7],
    ['bigint', 7n],
    ['string', '7'],
  ])('has the client id as a string, where an AuthleteApi gives a %s', async (_, clientId) => {
    expect((await judged({ clientId })).seen?.clientId).toBe('7');
  });
});

describe('A field that hooks depend on and that has a wrong value', () => {
  const odd = [7, true, {}, [], [[]], { toString: 1 }, [null], deep()];
  const absent = [undefined, null];

  it.each<[string, unknown[]]>([
    ['hintType', [...odd, ...absent, '', 'PHONE_NUMBER', 'toString']],
    ['deliveryMode', [...odd, ...absent, '', 'poll', 'toString']],
    ['hint', odd],
    ['clientId', odd.filter((value) => value !== 7)],
    ['clientIdAlias', odd],
    ['scopes', [7, 'openid', {}, ['openid'], [{ name: 7 }], [null], deep()]],
    ['dynamicScopes', [7, 'dpv:x', {}, ['dpv:x'], [{ name: 'dpv' }], [null], deep()]],
    ['claimNames', [7, 'email', {}, [7], [null], deep()]],
    ['acrs', [7, 'loa2', {}, [7], deep()]],
    ['resources', [7, 'https://rs.example.com', {}, [7], deep()]],
    ['bindingMessage', odd],
    ['userCode', odd],
  ])('is a server error, asks no hook and leaves no ticket behind: %s', async (field, values) => {
    for (const value of values) {
      const { status, body, seen, logger, fails } = await judged({ [field]: value });
      expect([status, body]).toEqual([500, { error: 'server_error' }]);
      expect(seen).toBeUndefined();
      expect(fails).toEqual([{ ticket, reason: 'SERVER_ERROR' }]);
      expect(logger.entries).toContainEqual(
        expect.objectContaining({
          level: 'error',
          details: {
            error: expect.objectContaining({ code: 'ERR_AUTHLETE_ANSWER', message: expect.stringContaining(field) }),
          },
        }),
      );
    }
  });
});
