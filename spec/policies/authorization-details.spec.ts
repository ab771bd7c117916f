import { describe, expect, it } from '@jest/globals';
import { reject } from 'ciba-backchannel';
import {
  type AuthorizationDetailsOptions,
  authorizationDetails,
  type StandardSchema,
  type UnpackedDetail,
  unpackDetail,
} from 'ciba-backchannel/policies';
import { z } from 'zod';
import { endpoint, recorder } from './endpoint.js';

const payment = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  creditorName: 'Merchant A',
  locations: ['https://payments.example.com/'],
};

const schema = z.object({
  type: z.literal('payment_initiation'),
  instructedAmount: z.object({ currency: z.literal('EUR'), amount: z.string().regex(/^\d{1,6}\.\d\d$/) }),
  creditorName: z.string().max(70),
  locations: z.array(z.literal('https://payments.example.com/')).optional(),
});

async function server(options: Partial<AuthorizationDetailsOptions>, logger = recorder()) {
  const types = ['payment_initiation', 'account_information'];
  const send = await endpoint({ policy: authorizationDetails({ types, ...options }), logger });
  const sendDetails = (...details: object[]) => send({ authorization_details: JSON.stringify(details) });
  return { send, sendDetails, logger };
}

describe('authorizationDetails', () => {
  it('lets a request without authorization_details pass', async () => {
    const { send, sendDetails } = await server({});
    expect(await send({})).toEqual({ status: 200 });
    expect(await sendDetails()).toEqual({ status: 200 });
  });

  it('lets known types pass and refuses others', async () => {
    const { sendDetails } = await server({});
    expect(await sendDetails(payment, { type: 'account_information' })).toEqual({ status: 200 });
    for (const type of ['customer_information', '__proto__', 'constructor', 'PAYMENT_INITIATION']) {
      expect(await sendDetails(payment, JSON.parse(`{"type":"${type}"}`))).toEqual({
        status: 403,
        error: 'access_denied',
        description: 'authorization_details[1] has an unknown type',
      });
    }
  });
});

describe('what cannot be judged in authorizationDetails', () => {
  const written = (amount: string) =>
    `[{"type":"account_information"},{"type":"payment_initiation","amount":${amount}}]`;

  it.each([
    ['12345678901234567', 'authorization_details[1]: a number has more digits than JavaScript keeps'],
    ['[{"a":1.00000000000000000001}]', 'authorization_details[1]: a number has more digits than JavaScript keeps'],
  ])('is the number %s', async (amount, description) => {
    const { send } = await server({});
    const answer = await send({ authorization_details: written(amount) });
    expect(answer).toEqual({ status: 403, error: 'access_denied', description });
  });

  it.each(['89.90', '-0.50', '1e2', '0', '9007199254740991', '"12345678901234567"', '0.1'])(
    'is not %s',
    async (amount) => {
      const { send } = await server({});
      expect(await send({ authorization_details: written(amount) })).toEqual({ status: 200 });
    },
  );

  it('is a member that stands twice, which some parsers read first and some last', async () => {
    const otherFields = '{"amount":1,"amount":1000}';
    const policy = authorizationDetails({ types: ['payment_initiation'] });
    const request = { authorizationDetails: { elements: [{ type: 'payment_initiation', otherFields }] } };
    expect(await policy(request as never, { subject: 'alice' }, {} as never)).toMatchObject({
      reason: 'ACCESS_DENIED',
      description: 'authorization_details[0]: a member appears twice',
    });
    expect(() => unpackDetail({ type: 'payment_initiation', otherFields })).toThrow(SyntaxError);
  });
});

describe('a Standard Schema in authorizationDetails', () => {
  const validate = { payment_initiation: schema };

  it('lets a detail pass that it finds valid', async () => {
    const { sendDetails } = await server({ validate });
    expect(await sendDetails(payment)).toEqual({ status: 200 });
  });

  it.each([
    [
      'a wrong amount',
      { ...payment, instructedAmount: { currency: 'EUR', amount: '-1' } },
      'instructedAmount.amount: ',
    ],
    [
      'a wrong currency',
      { ...payment, instructedAmount: { currency: 'XXX', amount: '1.00' } },
      'instructedAmount.currency: ',
    ],
    ['no creditor', { ...payment, creditorName: undefined }, 'creditorName: '],
    ['a number for a text', { ...payment, creditorName: 7 }, 'creditorName: '],
  ])('refuses %s, and says where', async (_, detail, place) => {
    const { sendDetails } = await server({ validate });
    expect(await sendDetails({ type: 'account_information' }, detail)).toEqual({
      status: 403,
      error: 'access_denied',
      description: expect.stringContaining(`authorization_details[1].${place}`),
    });
  });

  it('says all that a schema says, in the characters that may be sent', async () => {
    const { sendDetails } = await server({ validate });
    const instructedAmount = { currency: 'EUR', amount: '1' };
    const { description } = await sendDetails({ ...payment, instructedAmount });
    expect(description).toMatch(/must match pattern \/\^%5Cd/);
    const names = Array.from({ length: 30 }, (_, i) => `MEMBER${i}`);
    const currencies = z.object({ type: z.string(), currency: z.enum(names) }).loose();
    const strict = await server({ validate: { payment_initiation: currencies } });
    const answer = await strict.sendDetails({ ...payment, currency: 'EUR' });
    expect(answer.description).toContain("'MEMBER0'|");
    expect(answer.description).toContain("'MEMBER29'");
  });

  it('refuses foreign locations as invalid_target, whatever else is wrong', async () => {
    const { sendDetails } = await server({ validate });
    const answer = { status: 400, error: 'invalid_target', description: expect.stringContaining('locations.0: ') };
    const locations = ['https://evil.example.com/'];
    expect(await sendDetails({ ...payment, locations })).toEqual(answer);
    expect(await sendDetails({ ...payment, creditorName: 7, locations })).toEqual(answer);
  });

  it('may be asynchronous', async () => {
    const refine = async ({ creditorName }: { creditorName: string }) => creditorName !== 'Mallory';
    const { sendDetails } = await server({ validate: { payment_initiation: schema.refine(refine, 'blocked') } });
    expect(await sendDetails(payment)).toEqual({ status: 200 });
    expect(await sendDetails({ ...payment, creditorName: 'Mallory' })).toMatchObject({
      error: 'access_denied',
      description: 'authorization_details[0]: blocked',
    });
  });

  it('may be a function, and may give paths as objects', async () => {
    const issues = [{ message: 'x'.repeat(5000) }, { message: 'not "here"', path: [{ key: 'locations' }, 0] }];
    const callable: StandardSchema = Object.assign(() => undefined, {
      '~standard': { version: 1 as const, vendor: 'spec', validate: () => ({ issues }) },
    });
    const { sendDetails } = await server({ validate: { payment_initiation: callable } });
    expect(await sendDetails(payment)).toEqual({
      status: 400,
      error: 'invalid_target',
      description: "authorization_details[0].locations.0: not 'here'",
    });
    issues.pop();
    expect((await sendDetails(payment)).description).toHaveLength(4096);
  });

  it('that throws is a mistake of this server', async () => {
    const broken: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'spec',
        validate() {
          throw new Error('broken schema');
        },
      },
    };
    const { sendDetails, logger } = await server({ validate: { payment_initiation: broken } });
    expect(await sendDetails(payment)).toMatchObject({ status: 500, error: 'server_error' });
    expect(logger.lines).toMatchObject([{ level: 'error', details: { error: { message: 'broken schema' } } }]);
  });
});

describe('a function in authorizationDetails', () => {
  it('sees the whole detail as the client wrote it, the request and the user', async () => {
    const seen: unknown[] = [];
    const { sendDetails } = await server({
      validate: {
        payment_initiation: (detail, request, user) => {
          seen.push(detail, request.hint, user.subject);
        },
      },
    });
    const whole = { ...payment, actions: ['initiate'], datatypes: ['iban'], identifier: 'x', privileges: ['admin'] };
    expect(await sendDetails(whole)).toEqual({ status: 200 });
    expect(seen).toEqual([whole, 'alice', 'alice']);
  });

  it('may reject, at once or later, by returning or throwing', async () => {
    for (const validator of [
      () => reject('INVALID_TARGET'),
      async () => reject('INVALID_TARGET'),
      () => {
        throw reject('INVALID_TARGET');
      },
    ]) {
      const { sendDetails } = await server({ validate: { payment_initiation: validator } });
      expect(await sendDetails(payment)).toMatchObject({ status: 400, error: 'invalid_target' });
    }
  });

  it('fails closed', async () => {
    const validator = (() => false) as unknown as () => undefined;
    const { sendDetails } = await server({ validate: { payment_initiation: validator } });
    expect(await sendDetails(payment)).toMatchObject({ status: 500, error: 'server_error' });
  });
});

describe('the options of authorizationDetails', () => {
  it.each([
    [{}, 'types'],
    [{ types: 'payment' }, 'types'],
    [{ types: ['payment'], validate: { payment: {} } }, 'validate.payment'],
    [{ types: ['payment'], validate: { paymnet: () => undefined } }, 'validate.paymnet'],
  ])('are checked at construction: %j', (options, name) => {
    expect(() => authorizationDetails(options as unknown as AuthorizationDetailsOptions)).toThrow(name);
  });
});

describe('unpackDetail', () => {
  it('restores what the client wrote', () => {
    const packed = {
      type: 'payment_initiation',
      locations: ['https://payments.example.com/'],
      actions: null,
      dataTypes: ['iban'],
      otherFields: '{"creditorName":"Merchant A","note":null}',
    };
    expect(unpackDetail(packed)).toEqual({
      type: 'payment_initiation',
      locations: ['https://payments.example.com/'],
      datatypes: ['iban'],
      creditorName: 'Merchant A',
      note: null,
    });
  });

  it('lets nothing that is specific to the type replace the common members', () => {
    const detail = unpackDetail({ type: 'a', otherFields: '{"type":"b","__proto__":{"type":"c"},"x":1}' });
    expect(detail.type).toBe('a');
    expect(Object.getPrototypeOf(detail)).toBe(Object.prototype);
  });

  it.each(['[1]', '"x"', 'null', '{'])(
    'throws a SyntaxError for otherFields that Authlete does not send: %s',
    (otherFields) => {
      expect(() => unpackDetail({ type: 'a', otherFields })).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
    },
  );

  it('can be typed', () => {
    const detail: UnpackedDetail & { amount?: string } = unpackDetail({ type: 'a', otherFields: '{"amount":"1"}' });
    expect(detail.amount).toBe('1');
  });
});
