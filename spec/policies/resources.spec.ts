import { describe, expect, it } from '@jest/globals';
import { type ResourcesOptions, resources } from 'ciba-backchannel/policies';
import { endpoint } from './endpoint.js';

const accounts = 'https://accounts.example.com/';
const payments = 'https://payments.example.com/';

describe('resources', () => {
  const policy = resources({ allow: [accounts, payments] });

  it.each([
    ['no resource', []],
    ['a known one', [accounts]],
    ['several known ones', [payments, accounts]],
  ])('lets %s pass', async (_, resource) => {
    const send = await endpoint({ policy });
    expect(await send({ resource })).toEqual({ status: 200 });
  });

  it.each([
    ['an unknown one', ['https://evil.example.com/']],
    ['an unknown one among known ones', [accounts, 'https://evil.example.com/', payments]],
    ['a part of a known one', ['https://accounts.example.com']],
    ['a known one in capitals', ['https://ACCOUNTS.example.com/']],
  ])('refuses %s', async (_, resource) => {
    const send = await endpoint({ policy });
    expect(await send({ resource })).toMatchObject({ status: 400, error: 'invalid_target' });
  });

  it('checks its option at construction', () => {
    expect(() => resources({} as ResourcesOptions)).toThrow('allow');
    expect(() => resources({ allow: accounts } as unknown as ResourcesOptions)).toThrow('allow');
  });
});
