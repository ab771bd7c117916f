import { describe, expect, it } from '@jest/globals';
import { cibaBackchannel, cibaToken, type HookContext, reject, transactionId } from 'ciba-backchannel';
import request from 'supertest';
import { deferred } from '../support/deferred.js';
import { serving } from '../support/serving.js';
import { authReqId, stubAuthlete } from '../support/stub-authlete.js';
import { doors } from '../support/web-host.js';

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** As Authlete has verified it. */
const signed = (payload: unknown) => `${base64url({ alg: 'ES256' })}.${base64url(payload)}.c2ln`;

describe.each(doors)('context.parameter(), through %s', (_, open) => {
  /** What the hooks of both endpoints read in a form. */
  async function read(form: string, ...names: string[]) {
    const seen: unknown[] = [];
    const hook = (...args: unknown[]) => {
      const { parameter } = args.at(-1) as HookContext;
      seen.push(names.map((name) => parameter(name)));
    };
    const ciba = cibaBackchannel({
      authlete: stubAuthlete(),
      identifyUser: (_request, context) => {
        hook(context);
        return { subject: 'alice' };
      },
      policy: (_request, _user, context) => {
        hook(context);
        return reject('ACCESS_DENIED');
      },
      logger: false,
    });
    await request(await serving(open(ciba)))
      .post('/')
      .type('form')
      .send(form);
    expect(seen[1]).toEqual(seen[0]);
    return seen[0];
  }

  it.each([
    ['account=7%207&x=1', ['7 7']],
    ['account=', [undefined]],
    ['other=1', [undefined]],
    ['account=1&account=2', [undefined]],
    ['account=1&account=1', [undefined]],
  ])('reads the form %s', async (form, values) => {
    expect(await read(form, 'account')).toEqual(values);
  });

  it('reads a signed request, and nothing beside it', async () => {
    const payload = { account: '77', requested_expiry: 120, details: [{ amount: '1.00' }], none: null, empty: '' };
    const form = `request=${signed(payload)}&account=forged&beside=1`;
    const names = ['account', 'requested_expiry', 'details', 'none', 'empty', 'beside', 'constructor', 'request'];
    expect(await read(form, ...names)).toEqual([
      '77',
      '120',
      '[{"amount":"1.00"}]',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each(['a.b.c.d.e', 'a.b.c', 'x', signed('text'), signed(null), signed([])])(
    'reads nothing where the signed request is %s',
    async (object) => {
      expect(await read(`request=${object}&account=7`, 'account', 'length')).toEqual([undefined, undefined]);
    },
  );

  it('reads the form of a token request, whatever its parameters are called', async () => {
    const seen = deferred<unknown>();
    const token = cibaToken({
      authlete: stubAuthlete(),
      policy: (_response, { parameter }) => seen.resolve([parameter('device'), parameter('request')]),
    });
    await request(await serving(open(token)))
      .post('/')
      .type('form')
      .send('grant_type=x&device=7&request=a.b.c');
    expect(await seen.promise).toEqual(['7', 'a.b.c']);
  });
});

it('a transaction has its id', async () => {
  const id = deferred<string>();
  const ciba = cibaBackchannel({
    authlete: stubAuthlete(),
    identifyUser: () => ({ subject: 'alice' }),
    authenticate: (transaction) => {
      id.resolve(transaction.id);
      return Promise.reject(new Error('enough'));
    },
    logger: false,
  });
  await request(await serving(ciba))
    .post('/')
    .type('form')
    .send('scope=openid');
  expect(await id.promise).toBe(transactionId(authReqId));
});
