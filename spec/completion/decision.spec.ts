import { describe, expect, it, jest } from '@jest/globals';
import {
  type Authorized,
  type AuthorizedParameters,
  authorized,
  denied,
  failed,
  isDecision,
  isLater,
  later,
} from '../../lib/completion/decision.js';

describe('authorized()', () => {
  it('takes nothing at all: the user has authenticated now', () => {
    const before = Math.floor(Date.now() / 1000);
    const { authTime, ...rest } = authorized() as Authorized;
    expect(rest).toEqual({ result: 'AUTHORIZED' });
    expect(authTime).toBeGreaterThanOrEqual(before);
    expect(authTime).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('leaves the time out for null', () => {
    expect(authorized({ authTime: null })).toEqual({ result: 'AUTHORIZED' });
  });

  it.each([
    [[], ['openid']],
    [['profile'], ['openid', 'profile']],
    [
      ['profile', 'openid'],
      ['profile', 'openid'],
    ],
  ])('keeps openid among the scopes: %j', (scopes, granted) => {
    expect(authorized({ scopes })).toMatchObject({ scopes: granted });
  });

  it('takes every parameter of the complete API besides ticket, result and subject', () => {
    const parameters = {
      sub: 'pairwise-1',
      authTime: 1_760_000_000,
      acr: 'urn:example:fingerprint',
      claims: { name: 'Alice', address: { country: 'PT' } },
      properties: [
        { key: 'branch', value: '', hidden: true },
        { key: 'teller', value: '7' },
      ],
      scopes: ['openid', 'dpv:FraudPrevention'],
      idtHeaderParams: { typ: 'JWT' },
      consentedClaims: ['name', 'family_name#ja'],
      jwtAtClaims: { tenant: 1 },
      accessToken: 'made-here',
      accessTokenDuration: 60,
      refreshTokenDuration: 3600,
      idTokenAudType: 'array',
    } as const;
    expect(authorized(parameters as unknown as AuthorizedParameters)).toEqual({ result: 'AUTHORIZED', ...parameters });
  });

  it.each<[string, Date | number, number]>([
    ['a Date', new Date('2026-01-02T03:04:05.678Z'), 1_767_323_045],
    ['seconds', 1_767_323_045, 1_767_323_045],
    ['a fraction of a second', 1_767_323_045.678, 1_767_323_045],
    ['the epoch', 0, 0],
  ])('takes authTime as %s', (_kind, authTime, seconds) => {
    expect(authorized({ authTime })).toMatchObject({ authTime: seconds });
  });

  it('leaves out parameters that are undefined', () => {
    expect(authorized({ acr: undefined, authTime: 7 })).toStrictEqual(authorized({ authTime: 7 }));
  });

  it('keeps what it was given, whatever becomes of the objects', () => {
    const claims = { address: { country: 'PT' } };
    const scopes = ['openid'];
    const decision = authorized({ claims, scopes });
    claims.address.country = 'ES';
    scopes.push('admin');
    expect(decision).toMatchObject({ claims: { address: { country: 'PT' } }, scopes: ['openid'] });
    expect(Object.isFrozen(decision)).toBe(true);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  it.each<[string, Record<string, unknown>, string]>([
    ['the subject', { subject: 'mallory' }, 'authorized() does not take subject: the subject is always the user'],
    ['the ticket', { ticket: 't' }, 'authorized() does not take ticket'],
    ['an unknown parameter', { expiresIn: 60 }, 'authorized() does not take expiresIn'],
    ['an inherited name', { constructor: 1 }, 'authorized() does not take constructor'],
    ['an empty sub', { sub: '' }, 'sub must be'],
    ['a sub that is a number', { sub: 1 }, 'sub must be'],
    ['an acr that is null', { acr: null }, 'acr must be'],
    ['an authTime in milliseconds', { authTime: 1_767_323_045_678 }, 'authTime must be'],
    ['an authTime before the epoch', { authTime: -1 }, 'authTime must be'],
    ['an authTime in a string', { authTime: '1767323045' }, 'authTime must be'],
    ['an invalid Date', { authTime: new Date('x') }, 'authTime must be'],
    ['claims in a string', { claims: '{}' }, 'claims must be an object'],
    ['claims in an array', { claims: [] }, 'claims must be an object'],
    ['claims that are null', { claims: null }, 'claims must be an object'],
    ['claims that are a Date', { claims: new Date(0) }, 'claims must be an object'],
    ['claims with a bigint', { claims: { n: 1n } }, 'claims cannot be written as JSON'],
    ['claims with a cycle', { claims: cyclic }, 'claims cannot be written as JSON'],
    ['idtHeaderParams in a string', { idtHeaderParams: 'x' }, 'idtHeaderParams must be an object'],
    ['jwtAtClaims in a string', { jwtAtClaims: 'x' }, 'jwtAtClaims must be an object'],
    ['properties in an object', { properties: {} }, 'properties must be an array'],
    ['a property that is null', { properties: [null] }, 'properties[0] must be an object'],
    ['a property without key', { properties: [{ value: 'x' }] }, 'properties[0].key must be'],
    ['a property without value', { properties: [{ key: 'x' }] }, 'properties[0].value must be'],
    ['a property hidden by a word', { properties: [{ key: 'x', value: '', hidden: 'yes' }] }, 'properties[0].hidden'],
    [
      'a property with more',
      { properties: [{ key: 'x', value: '', secret: 1 }] },
      'properties[0] does not take secret',
    ],
    ['scopes in a string', { scopes: 'openid' }, 'scopes must be an array'],
    ['two scopes in one', { scopes: ['openid email'] }, 'scopes[0] must be one scope'],
    ['a scope that is a number', { scopes: ['openid', 1] }, 'scopes[1] must be one scope'],
    ['consentedClaims in a string', { consentedClaims: 'name' }, 'consentedClaims must be an array'],
    ['an empty consented claim', { consentedClaims: [''] }, 'consentedClaims[0] must be'],
    ['an empty access token', { accessToken: '' }, 'accessToken must be'],
    ['a duration of nothing', { accessTokenDuration: 0 }, 'accessTokenDuration must be'],
    ['a fractional duration', { refreshTokenDuration: 1.5 }, 'refreshTokenDuration must be'],
    ['a duration in a string', { accessTokenDuration: '60' }, 'accessTokenDuration must be'],
    ['another idTokenAudType', { idTokenAudType: 'object' }, "idTokenAudType must be 'array' or 'string'"],
  ])('does not take %s', (_kind, parameters, message) => {
    expect(() => authorized(parameters)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    expect(() => authorized(parameters)).toThrow(message);
  });

  it.each([
    ['a string', 'yes'],
    ['null', null],
    ['an array', []],
  ])('does not take %s', (_kind, parameters) => {
    expect(() => authorized(parameters as never)).toThrow('authorized() takes an object');
  });

  it('does not repeat a secret in its errors', () => {
    expect(() => authorized({ accessToken: 7_777 as never })).toThrow(expect.not.stringContaining('7777'));
  });
});

describe.each([
  { make: denied, name: 'denied', result: 'ACCESS_DENIED' },
  { make: failed, name: 'failed', result: 'TRANSACTION_FAILED' },
])('$name()', ({ make, name, result }) => {
  it('takes nothing, or a description and a URI', () => {
    expect(make()).toEqual({ result });
    const details = { description: 'not now', uri: 'https://bank.example/help' };
    expect(make(details)).toEqual({ result, ...details });
  });

  it('makes the description fit for sending', () => {
    expect(make({ description: 'die Überweisung "42"' })).toMatchObject({ description: "die Uberweisung '42'" });
  });

  it.each<[string, unknown, string]>([
    ['a string', 'not now', `${name}() takes an object`],
    ['a relative URI', { uri: '/help' }, 'uri must be an absolute URL'],
    ['a description that is no string', { description: 1 }, 'description must be a string'],
    ['an unknown detail', { reason: 'x' }, `${name}() does not take reason`],
    ['parameters of authorized()', { scopes: [] }, `${name}() does not take scopes`],
  ])('does not take %s', (_kind, details, message) => {
    expect(() => make(details as never)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    expect(() => make(details as never)).toThrow(message);
  });
});

describe('a decision', () => {
  it('is what authorized(), denied() and failed() make', () => {
    for (const decision of [authorized(), denied(), failed()]) {
      expect(isDecision(decision)).toBe(true);
      expect(isLater(decision)).toBe(false);
    }
  });

  it('is not later()', () => {
    expect(isLater(later())).toBe(true);
    expect(isDecision(later())).toBe(false);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['a result', 'AUTHORIZED'],
    ['one written by hand', { result: 'AUTHORIZED' }],
    ['one that was changed on the way', { ...authorized(), scopes: 'all' }],
    ['one that was sent as JSON', JSON.parse(JSON.stringify(denied()))],
  ])('is not %s', (_kind, value) => {
    expect(isDecision(value)).toBe(false);
    expect(isLater(value)).toBe(false);
  });

  it('is plain data: it can be logged and compared', () => {
    expect(JSON.stringify(denied({ description: 'no' }))).toBe('{"result":"ACCESS_DENIED","description":"no"}');
    expect(Object.keys(later())).toEqual([]);
  });

  it('is known in another copy of the package', async () => {
    jest.resetModules();
    const copy = await import('../../lib/completion/decision.js');
    expect(copy.authorized).not.toBe(authorized);
    expect(isDecision(copy.authorized())).toBe(true);
    expect(copy.isLater(later())).toBe(true);
  });
});
