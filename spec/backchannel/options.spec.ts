import { describe, expect, it } from '@jest/globals';
import { type CibaBackchannelOptions, cibaBackchannel, type AuthleteApi as Methods } from 'ciba-backchannel';
import { expectAnswer } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { memoryStore } from '../support/memory-queue.js';
import { stubAuthlete } from '../support/stub-authlete.js';
import { casesOf, commonWrongOptions, noOptions } from '../support/wrong-options.js';

type Options = CibaBackchannelOptions<{ subject: string }>;

const authlete = stubAuthlete();
const good: Options = { authlete, identifyUser: () => null };
const functions = [null, 7, 'x', {}, []];

const wrong = casesOf([
  ...commonWrongOptions,
  ['authlete', [undefined, null, 7, 'https://us.authlete.com', {}, () => {}]],
  ['identifyUser', [undefined, ...functions]],
  ['policy', [null, 7, 'x', {}, [null], [() => undefined, 'x'], [[() => undefined]]]],
  ['authenticate', functions],
  ['claims', functions],
  ['onEvent', functions],
  ['handleKeys', [null, [], 'k'.repeat(32), ['short'], [7], [new Uint8Array(31)], ['k'.repeat(32), 'short']]],
  [
    'notifications',
    [
      null,
      7,
      { allow: true },
      { onGiveUp: {} },
      { timeout: 0 },
      { timeout: 2 ** 31 },
      { tls: 7 },
      { tls: { ca: 'x' } },
    ],
  ],
]);

describe('cibaBackchannel', () => {
  it.each(wrong)('refuses for $option: $shown', ({ option, value }) => {
    expect(() => cibaBackchannel({ ...good, [option]: value } as Options)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(new RegExp(`\\b${option}\\b`)) }),
    );
  });

  it('refuses a queue without handleKeys, since what it stores is sealed with them', () => {
    const queue = memoryStore().queue();
    expect(() => cibaBackchannel({ ...good, queue })).toThrow(
      new TypeError('handleKeys is missing: a queue needs them, since what it stores is sealed with them'),
    );
    expect(() => cibaBackchannel({ ...good, queue, handleKeys: ['k'.repeat(32)] })).not.toThrow();
  });

  it.each(noOptions)('refuses %p for options', (options) => {
    expect(() => cibaBackchannel(options as unknown as Options)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('cibaBackchannel') }),
    );
  });

  it.each([
    'backchannelAuthentication',
    'backchannelAuthenticationIssue',
    'backchannelAuthenticationFail',
    'backchannelAuthenticationComplete',
  ] as const)('refuses an authlete without %s', (method) => {
    const options = { ...good, authlete: { ...authlete, [method]: undefined }, authenticate: () => undefined };
    expect(() => cibaBackchannel(options as unknown as Options)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(`authlete.*${method}`) }),
    );
  });

  it.each<Partial<Options>>([
    { timeout: 0.5 + 1 },
    { timeout: 2 ** 31 - 1 },
    { bodyLimit: 1 },
    { bodyLimit: '1 KB' },
    { policy: [] },
    { clientCertificate: false },
    { handleKeys: ['k'.repeat(32), new Uint8Array(32)] },
    { notifications: {} },
    { realm: 'Caf\u00e9' },
  ])('takes %p', (options) => {
    expect(() => cibaBackchannel({ ...good, ...options })).not.toThrow();
  });

  it('takes an authlete whose methods are inherited, and keeps its this', async () => {
    class Api {
      #reply = stubAuthlete();
      backchannelAuthentication(...call: Parameters<Methods['backchannelAuthentication']>) {
        return this.#reply.backchannelAuthentication(...call);
      }
      backchannelAuthenticationIssue(...call: Parameters<Methods['backchannelAuthenticationIssue']>) {
        return this.#reply.backchannelAuthenticationIssue(...call);
      }
      backchannelAuthenticationFail(...call: Parameters<Methods['backchannelAuthenticationFail']>) {
        return this.#reply.backchannelAuthenticationFail(...call);
      }
    }
    class Inheriting extends Api {}
    const ciba = cibaBackchannel({
      authlete: new Inheriting(),
      identifyUser: () => ({ subject: 'alice' }),
      logger: false,
    });
    expectAnswer(await ask(ciba), 200);
  });

  it.each([
    ['CIBA', undefined, 'Basic realm="CIBA"'],
    ['quotes', 'the "bank"', 'Basic realm="the \\"bank\\""'],
    ['backslashes', 'C:\\as', 'Basic realm="C:\\\\as"'],
  ])('challenges with the realm: %s', async (_, realm, challenge) => {
    const unauthorized = stubAuthlete({ backchannelAuthentication: { action: 'UNAUTHORIZED', responseContent: '{}' } });
    const answer = await ask(cibaBackchannel({ ...good, authlete: unauthorized, ...(realm && { realm }) }));
    expectAnswer(answer, 401);
    expect(answer.headers['www-authenticate']).toBe(challenge);
  });
});
