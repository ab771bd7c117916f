import { describe, expect, it } from '@jest/globals';
import { type CibaEvent, cibaBackchannel, Reason, type Rejection, reject } from 'ciba-backchannel';
import { expectAnswer } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { stubAuthlete, ticket } from '../support/stub-authlete.js';
import { doors } from '../support/web-host.js';

const reasons: [Reason, number, string][] = [
  ['ACCESS_DENIED', 403, 'access_denied'],
  ['EXPIRED_LOGIN_HINT_TOKEN', 400, 'expired_login_hint_token'],
  ['INVALID_BINDING_MESSAGE', 400, 'invalid_binding_message'],
  ['INVALID_TARGET', 400, 'invalid_target'],
  ['INVALID_USER_CODE', 400, 'invalid_user_code'],
  ['MISSING_USER_CODE', 400, 'missing_user_code'],
  ['SERVER_ERROR', 500, 'server_error'],
  ['UNAUTHORIZED_CLIENT', 400, 'unauthorized_client'],
  ['UNKNOWN_USER_ID', 400, 'unknown_user_id'],
];

const alice = { subject: 'alice' };
const thrower = (rejection: Rejection) => () => {
  throw rejection;
};

/** How a hook may refuse. */
const ways: [string, (rejection: Rejection) => object][] = [
  ['identifyUser returns it', (rejection) => ({ identifyUser: () => rejection })],
  ['identifyUser resolves to it', (rejection) => ({ identifyUser: async () => rejection })],
  ['identifyUser throws it', (rejection) => ({ identifyUser: thrower(rejection) })],
  ['identifyUser rejects with it', (rejection) => ({ identifyUser: () => Promise.reject(rejection) })],
  ['policy returns it', (rejection) => ({ policy: () => rejection })],
  ['policy resolves to it', (rejection) => ({ policy: async () => rejection })],
  ['policy throws it', (rejection) => ({ policy: thrower(rejection) })],
  ['policy rejects with it', (rejection) => ({ policy: () => Promise.reject(rejection) })],
];

it('there are nine reasons', () => {
  expect(reasons.map(([reason]) => reason)).toEqual(Object.values(Reason));
});

describe.each(doors)('through %s', (_, open) => {
  describe.each(reasons)('%s', (reason, status, error) => {
    it.each(ways)('is answered when %s', async (_, hooksOf) => {
      const authlete = stubAuthlete();
      const events: CibaEvent[] = [];
      const hooks = hooksOf(reject(reason));
      const ciba = cibaBackchannel({ authlete, identifyUser: () => alice, ...hooks, onEvent: (e) => events.push(e) });
      const answer = await ask(open(ciba));
      expect(expectAnswer(answer, status)).toEqual({ error, error_description: `[stub] ${reason}` });
      expect(authlete.calls.map(({ api }) => api)).toEqual([
        'backchannelAuthentication',
        'backchannelAuthenticationFail',
      ]);
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual([{ ticket, reason }]);
      expect(events).toEqual([expect.objectContaining({ type: 'refused', reason, status })]);
    });

    it.each(ways)('is answered with description and URI when %s', async (_, hooksOf) => {
      const authlete = stubAuthlete();
      const hooks = hooksOf(reject(reason, { description: 'not "so"', uri: 'https://as.example.com/e?x=1' }));
      const answer = await ask(open(cibaBackchannel({ authlete, identifyUser: () => alice, ...hooks })));
      const details = { errorDescription: "not 'so'", errorUri: 'https://as.example.com/e?x=1' };
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual([{ ticket, reason, ...details }]);
      const body = { error, error_description: "not 'so'", error_uri: 'https://as.example.com/e?x=1' };
      expect(expectAnswer(answer, status)).toEqual(body);
    });

    it.each(ways)('is answered when Authlete cannot be told and %s', async (_, hooksOf) => {
      const authlete = stubAuthlete({ backchannelAuthenticationFail: () => Promise.reject(new Error('down')) });
      const bare = await ask(
        open(cibaBackchannel({ authlete, identifyUser: () => alice, ...hooksOf(reject(reason)) })),
      );
      expectAnswer(bare, status);
      expect(bare.text).toBe(JSON.stringify({ error }));
      const details = { description: 'Caf\u00e9 "5" \\ \u{1f600}', uri: 'https://as.example.com/e' };
      const full = await ask(
        open(cibaBackchannel({ authlete, identifyUser: () => alice, ...hooksOf(reject(reason, details)) })),
      );
      const body = { error, error_description: "Cafe '5' %5C %F0%9F%98%80", error_uri: 'https://as.example.com/e' };
      expect(expectAnswer(full, status)).toEqual(body);
    });
  });
});

describe('reject', () => {
  it.each([['NO_REASON'], ['constructor'], ['access_denied'], [''], [undefined], [null], [{}], [['ACCESS_DENIED']]])(
    'refuses the reason %j',
    (reason) => {
      expect(() => reject(reason as Reason)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    },
  );

  it.each([{ description: 7 }, { uri: 7 }, { uri: 'not absolute' }, { uri: '/e' }, { uri: 'https://x/a b' }])(
    'refuses the details %j',
    (details) => {
      expect(() => reject('ACCESS_DENIED', details as object)).toThrow(
        expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(Object.keys(details)[0] ?? '') }),
      );
    },
  );

  it('makes an error, whose message tells the reason', () => {
    const rejection = reject('ACCESS_DENIED', { description: 'no' });
    expect(rejection).toMatchObject({ name: 'Rejection', code: 'ERR_REJECTED', message: 'ACCESS_DENIED: no' });
    expect(rejection.stack).toContain('reasons.spec');
  });
});
