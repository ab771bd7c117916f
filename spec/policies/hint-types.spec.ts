import { describe, expect, it } from '@jest/globals';
import { type HintTypesOptions, hintTypes } from 'ciba-backchannel/policies';
import { endpoint } from './endpoint.js';

const unauthorized = {
  status: 400,
  error: 'unauthorized_client',
  description: 'this client may not use login_hint',
};

async function send(options: HintTypesOptions, client: string) {
  const request = await endpoint({ policy: hintTypes(options), clients: [{ client_id: '26478243745571' }] });
  return request({ login_hint: 'alice' }, client);
}

describe('hintTypes', () => {
  it('lets every client use a type', async () => {
    expect(await send({ loginHint: true }, 'teller')).toEqual({ status: 200 });
  });

  it('lets the clients use a type that are named, by number or alias, and no others', async () => {
    expect(await send({ loginHint: ['teller'] }, 'teller')).toEqual({ status: 200 });
    expect(await send({ loginHint: ['26478243745571'] }, '26478243745571')).toEqual({ status: 200 });
    expect(await send({ loginHint: ['26478243745571'] }, 'teller')).toMatchObject(unauthorized);
    expect(await send({ loginHint: [] }, 'teller')).toMatchObject(unauthorized);
  });

  it('refuses a type that is not named', async () => {
    expect(await send({ idTokenHint: true, loginHintToken: ['teller'] }, 'teller')).toMatchObject(unauthorized);
  });

  it.each([[{}], [{ loginHint: false }], [{ idTokenHint: 'teller' }], [{ loginHintToken: [7] }]])(
    'checks its options at construction: %j',
    (options) => {
      expect(() => hintTypes(options as HintTypesOptions)).toThrow(/loginHint|idTokenHint/);
      expect(() => hintTypes(options as HintTypesOptions)).toThrow(TypeError);
    },
  );
});
