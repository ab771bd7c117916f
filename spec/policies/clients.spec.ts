import { describe, expect, it } from '@jest/globals';
import { type ClientsOptions, clients } from 'ciba-backchannel/policies';
import { endpoint } from './endpoint.js';

const unauthorized = { status: 400, error: 'unauthorized_client' };

/** Two clients that the engine knows; `26478243745571` has no alias. */
async function send(options: ClientsOptions, client: string) {
  const request = await endpoint({ policy: clients(options), clients: [{ client_id: '26478243745571' }] });
  return request({}, client);
}

describe('clients', () => {
  it('lets those pass that are allowed, by number or alias', async () => {
    const allow = ['teller', '26478243745571'];
    expect(await send({ allow }, 'teller')).toEqual({ status: 200 });
    expect(await send({ allow }, '26478243745571')).toEqual({ status: 200 });
  });

  it('refuses all others', async () => {
    expect(await send({ allow: ['teller'] }, '26478243745571')).toMatchObject(unauthorized);
    expect(await send({ allow: ['26478243745571'] }, 'teller')).toMatchObject(unauthorized);
    expect(await send({ allow: [] }, 'teller')).toMatchObject(unauthorized);
  });

  it('refuses those that are denied, and no others', async () => {
    expect(await send({ deny: ['teller'] }, 'teller')).toMatchObject(unauthorized);
    expect(await send({ deny: ['26478243745571'] }, '26478243745571')).toMatchObject(unauthorized);
    expect(await send({ deny: ['teller'] }, '26478243745571')).toEqual({ status: 200 });
  });

  it('denies a client that it both allows and denies', async () => {
    expect(await send({ allow: ['teller'], deny: ['teller'] }, 'teller')).toMatchObject(unauthorized);
  });

  it('compares all digits of a number', async () => {
    const request = await endpoint({
      policy: clients({ allow: ['9007199254740993'] }),
      clients: [{ client_id: '9007199254740992' }, { client_id: '9007199254740993' }],
    });
    expect(await request({}, '9007199254740993')).toEqual({ status: 200 });
    expect(await request({}, '9007199254740992')).toMatchObject(unauthorized);
  });

  it.each([[{}], [{ allow: 'teller' }], [{ deny: [26478243745571] }]])(
    'checks its options at construction: %j',
    (options) => {
      expect(() => clients(options as ClientsOptions)).toThrow(/allow|deny/);
    },
  );
});
