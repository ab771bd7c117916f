import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { shows } from './page.js';
import { app } from './page-example.js';

async function send(form: Record<string, string>) {
  const { status, body } = await request(app)
    .post('/backchannel/authentication')
    .auth('teller', 'teller-secret')
    .type('form')
    .send({ scope: 'openid', login_hint: 'alice', binding_message: 'W4SCT', user_code: '4711', ...form });
  return [status, body.error];
}

const payment = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant A',
};

describe('the page on policies', () => {
  it('shows the example that is run here', async () => {
    expect(await shows('docs/policies.md', 'spec/policies/page-example.ts')).toBe(true);
  });
});

describe('the example on the page on policies', () => {
  // It has neither a phone nor a logger, and says so once.
  beforeAll(() => void jest.spyOn(console, 'warn').mockImplementation(() => {}));
  afterAll(() => void jest.restoreAllMocks());

  it.each([
    [{}, [200, undefined]],
    [{ login_hint: 'bob', user_code: '' }, [200, undefined]],
    [{ authorization_details: JSON.stringify([payment]) }, [200, undefined]],
    [{ authorization_details: JSON.stringify([{ ...payment, creditorName: '' }]) }, [403, 'access_denied']],
    [{ authorization_details: JSON.stringify([{ type: 'other' }]) }, [403, 'access_denied']],
    [{ resource: 'https://evil.example.com/' }, [400, 'invalid_target']],
    [{ binding_message: '' }, [400, 'invalid_binding_message']],
    [{ binding_message: 'evil.com' }, [400, 'invalid_binding_message']],
    [{ user_code: '' }, [400, 'missing_user_code']],
    [{ user_code: '4712' }, [400, 'invalid_user_code']],
    [{ login_hint: 'mallory' }, [400, 'unknown_user_id']],
  ])('answers %j as it should', async (form, answer) => {
    expect(await send(form)).toEqual(answer);
  });

  it('limits the prompts', async () => {
    const statuses = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await send({ login_hint: 'bob', user_code: '' }))[0]);
    expect(statuses.slice(-2)).toEqual([403, 403]);
  });
});
