import { describe, expect, it } from '@jest/globals';
import { type HookContext, reject } from 'ciba-backchannel';
import { type HintFunctions, identifyBy } from 'ciba-backchannel/hints';
import { endpoint, withHintType } from '../policies/endpoint.js';

interface Customer {
  subject: string;
  name: string;
}

const alice: Customer = { subject: 'alice', name: 'Alice' };

describe('identifyBy', () => {
  const functions: HintFunctions<Customer> = {
    loginHint: (hint) => (hint === 'by login hint' ? alice : null),
    loginHintToken: async (hint) => (hint === 'by token' ? alice : undefined),
    idTokenHint: (hint) => (hint === 'by id token' ? alice : reject('UNKNOWN_USER_ID', { description: 'not ours' })),
  };
  const unknown = { status: 400, error: 'unknown_user_id' };

  it('asks the function of the type of the hint', async () => {
    const identifyUser = identifyBy(functions);
    const byLoginHint = await endpoint({ identifyUser });
    const byLoginHintToken = await endpoint({ identifyUser, engine: withHintType('LOGIN_HINT_TOKEN') });
    const byIdToken = await endpoint({ identifyUser, engine: withHintType('ID_TOKEN_HINT') });
    expect(await byLoginHint({ login_hint: 'by login hint' })).toEqual({ status: 200 });
    expect(await byLoginHintToken({ login_hint: 'by token' })).toEqual({ status: 200 });
    expect(await byIdToken({ login_hint: 'by id token' })).toEqual({ status: 200 });
    for (const send of [byLoginHint, byLoginHintToken]) {
      expect(await send({ login_hint: 'by something else' })).toMatchObject(unknown);
    }
    expect(await byIdToken({ login_hint: 'by token' })).toEqual({ ...unknown, description: 'not ours' });
  });

  it('refuses a hint of a type without a function', async () => {
    const send = await endpoint({ identifyUser: identifyBy({ loginHintToken: () => alice }) });
    expect(await send({ login_hint: 'alice' })).toEqual({
      ...unknown,
      description: 'hints of this type are not supported',
    });
  });

  it('hands on the request and the context', async () => {
    const seen: unknown[] = [];
    const send = await endpoint({
      identifyUser: identifyBy({
        loginHint(hint, request, { req, signal }: HookContext) {
          seen.push(hint, request.clientIdAlias, req.method, signal.aborted);
          return alice;
        },
      }),
    });
    await send({ login_hint: 'x' });
    expect(seen).toEqual(['x', 'teller', 'POST', false]);
  });

  it.each([
    [undefined, 'functions'],
    [{}, 'loginHint'],
    [{ loginHint: undefined }, 'loginHint'],
    [{ loginHint: 'alice' }, 'loginHint'],
    [{ loginHint: () => alice, idTokenHint: {} }, 'idTokenHint'],
  ])('checks its functions at construction: %p', (wrong, name) => {
    expect(() => identifyBy(wrong as HintFunctions<Customer>)).toThrow(name);
  });
});
