import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import {
  authleteClient,
  cibaBackchannel,
  cibaCompletion,
  cibaDiscovery,
  cibaRevocation,
  cibaToken,
  reject,
} from 'ciba-backchannel';
import { cibaClient } from 'ciba-backchannel/client';
import { authenticationDevice } from 'ciba-backchannel/device';
import { softwareAuthenticator, softwarePhone } from 'ciba-backchannel/device/testing';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { identifyBy, verifyActorToken, verifyIdTokenHint, verifyLoginHintToken } from 'ciba-backchannel/hints';
import { openTelemetry } from 'ciba-backchannel/opentelemetry';
import {
  authorizationDetails,
  bindingMessage,
  clients,
  hintTypes,
  promptLimit,
  resources,
  userCode,
} from 'ciba-backchannel/policies';
import { postgresDeviceStore, postgresQueue, postgresSignal, postgresStore } from 'ciba-backchannel/postgres';
import { protect } from 'ciba-backchannel/resource';
import { simulator } from 'ciba-backchannel/simulator';
import { Configuration } from 'openid-client';
import { stubAuthlete } from '../support/stub-authlete.js';

const authlete = stubAuthlete();
const handleKeys = ['k'.repeat(32)];
const issuer = 'https://as.example.com';
const jwks = { keys: [] };
const pool = { connect: () => Promise.reject(new Error('there is no database')), on() {} };
const device = {
  origin: issuer,
  rp: { id: 'as.example.com', name: 'Example' },
  user: () => undefined,
  stepUp: () => true,
  complete: async () => ({ action: 'NO_ACTION' }),
};
const config = new Configuration({ issuer, backchannel_authentication_endpoint: `${issuer}/ciba` }, 'agent');
const requestKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const approvals = cibaClient({ config });
const unsigned = `${btoa('{"alg":"none"}')}.${btoa(`{"iss":"${issuer}"}`)}.`;

type Options = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: wrong options are given on purpose
type Take = (options: any) => unknown;

interface Row {
  take: Take;
  good: Options;
  misspelt: string;
  meant: string;
}

/** Everything that takes options: a call that succeeds, and a name of one of its options that is nearly right. */
const rows: Record<string, Row> = {
  authleteClient: {
    take: authleteClient,
    good: { baseUrl: 'https://us.authlete.com', serviceId: '1', accessToken: 'x' },
    misspelt: 'timeOut',
    meant: 'timeout',
  },
  cibaBackchannel: {
    take: cibaBackchannel,
    good: { authlete, identifyUser: () => null },
    misspelt: 'policies',
    meant: 'policy',
  },
  'cibaBackchannel, clientCertificate': {
    take: (clientCertificate) => cibaBackchannel({ authlete, identifyUser: () => null, clientCertificate }),
    good: { header: 'client-cert', format: 'rfc9440' },
    misspelt: 'elements',
    meant: 'element',
  },
  'cibaBackchannel, notifications': {
    take: (notifications) => cibaBackchannel({ authlete, identifyUser: () => null, notifications }),
    good: {},
    misspelt: 'allowed',
    meant: 'allow',
  },
  cibaToken: { take: cibaToken, good: { authlete }, misspelt: 'clientCertficate', meant: 'clientCertificate' },
  cibaRevocation: { take: cibaRevocation, good: { authlete }, misspelt: 'withdrawn', meant: 'withdraw' },
  cibaDiscovery: { take: cibaDiscovery, good: { authlete }, misspelt: 'loger', meant: 'logger' },
  cibaCompletion: { take: cibaCompletion, good: { authlete, handleKeys }, misspelt: 'onEvents', meant: 'onEvent' },
  'cibaCompletion, notifications': {
    take: (notifications) => cibaCompletion({ authlete, handleKeys, notifications }),
    good: {},
    misspelt: 'onGiveup',
    meant: 'onGiveUp',
  },
  'close() of cibaBackchannel': {
    take: (options) => cibaBackchannel({ authlete, identifyUser: () => null }).close(options),
    good: {},
    misspelt: 'timeOut',
    meant: 'timeout',
  },
  'close() of cibaToken': {
    take: (options) => cibaToken({ authlete }).close(options),
    good: {},
    misspelt: 'timeouts',
    meant: 'timeout',
  },
  'close() of cibaCompletion': {
    take: (options) => cibaCompletion({ authlete, handleKeys }).close(options),
    good: {},
    misspelt: 'timout',
    meant: 'timeout',
  },
  softwareAuthenticator: {
    take: softwareAuthenticator,
    good: { origin: issuer },
    misspelt: 'sync',
    meant: 'synced',
  },
  softwarePhone: { take: softwarePhone, good: { url: issuer }, misspelt: 'header', meant: 'headers' },
  reject: {
    take: (details) => reject('ACCESS_DENIED', details),
    good: {},
    misspelt: 'descripton',
    meant: 'description',
  },
  authenticationDevice: { take: authenticationDevice, good: device, misspelt: 'stepup', meant: 'stepUp' },
  'authenticationDevice, rp': {
    take: (rp) => authenticationDevice({ ...device, rp } as never),
    good: device.rp,
    misspelt: 'names',
    meant: 'name',
  },
  cibaClient: { take: cibaClient, good: { config }, misspelt: 'modes', meant: 'mode' },
  'cibaClient, requestObject': {
    take: (requestObject) => cibaClient({ config, requestObject } as never),
    good: { key: requestKey, alg: 'ES256' },
    misspelt: 'algo',
    meant: 'alg',
  },
  'wait() of cibaClient': {
    take: (options) => approvals.wait('invoice-1', options),
    good: { signal: AbortSignal.abort() },
    misspelt: 'signals',
    meant: 'signal',
  },
  'use() of cibaClient': {
    take: (options) => approvals.use('invoice-1', () => {}, options),
    good: {},
    misspelt: 'origin',
    meant: 'origins',
  },
  embeddedAuthlete: { take: embeddedAuthlete, good: { issuer, clients: [] }, misspelt: 'intervall', meant: 'interval' },
  'embeddedAuthlete, endpoints': {
    take: (endpoints) => embeddedAuthlete({ issuer, clients: [], endpoints }),
    good: {},
    misspelt: 'token_endpoints',
    meant: 'token_endpoint',
  },
  'embeddedAuthlete, registration': {
    take: (registration) => embeddedAuthlete({ issuer, clients: [], registration } as never),
    good: { initialAccessToken: 'a-token-that-is-long-enough-to-be-one' },
    misspelt: 'maxClient',
    meant: 'maxClients',
  },
  authleteRouter: {
    take: (options) => authleteRouter(authlete as never, options),
    good: { serviceId: '1', accessToken: 'x' },
    misspelt: 'serviceID',
    meant: 'serviceId',
  },
  simulator: { take: simulator, good: {}, misspelt: 'allowedHost', meant: 'allowedHosts' },
  'simulator, endpoints': {
    take: (endpoints) => simulator({ endpoints }),
    good: {},
    misspelt: 'jwks_url',
    meant: 'jwks_uri',
  },
  postgresQueue: {
    take: (options) => postgresQueue(pool as never, options),
    good: {},
    misspelt: 'leases',
    meant: 'lease',
  },
  postgresSignal: {
    take: (options) => void postgresSignal(pool as never, options).close(),
    good: {},
    misspelt: 'loger',
    meant: 'logger',
  },
  protect: { take: protect, good: { authlete }, misspelt: 'scope', meant: 'scopes' },
  postgresDeviceStore: {
    take: (options) => postgresDeviceStore(pool as never, options),
    good: {},
    misspelt: 'scheme',
    meant: 'schema',
  },
  postgresStore: {
    take: (options) => postgresStore(pool as never, options),
    good: {},
    misspelt: 'names',
    meant: 'name',
  },
  openTelemetry: {
    take: openTelemetry,
    good: { tracerProvider: trace.getTracerProvider() },
    misspelt: 'traceProvider',
    meant: 'tracerProvider',
  },
  authorizationDetails: { take: authorizationDetails, good: { types: [] }, misspelt: 'validator', meant: 'validate' },
  bindingMessage: { take: bindingMessage, good: {}, misspelt: 'require', meant: 'required' },
  hintTypes: { take: hintTypes, good: { loginHint: true }, misspelt: 'loginHints', meant: 'loginHint' },
  clients: { take: clients, good: { allow: [] }, misspelt: 'denny', meant: 'deny' },
  promptLimit: { take: promptLimit, good: {}, misspelt: 'peruser', meant: 'perUser' },
  resources: { take: resources, good: { allow: [] }, misspelt: 'allows', meant: 'allow' },
  userCode: {
    take: userCode,
    good: { required: () => true, verify: () => true },
    misspelt: 'limitter',
    meant: 'limiter',
  },
  identifyBy: { take: identifyBy, good: { loginHint: () => null }, misspelt: 'loginHints', meant: 'loginHint' },
  verifyIdTokenHint: {
    take: (options) => verifyIdTokenHint(unsigned, options),
    good: { issuer, jwks },
    misspelt: 'maxage',
    meant: 'maxAge',
  },
  verifyActorToken: {
    take: (options) => verifyActorToken(unsigned, options),
    good: { issuers: {}, audience: issuer },
    misspelt: 'issuer',
    meant: 'issuers',
  },
  'verifyActorToken, an issuer': {
    take: (options) => verifyActorToken(unsigned, { issuers: { [issuer]: options }, audience: issuer }),
    good: { jwks },
    misspelt: 'jwksUrl',
    meant: 'jwksUri',
  },
  verifyLoginHintToken: {
    take: (options) => verifyLoginHintToken(unsigned, options),
    good: { issuers: {}, audience: issuer },
    misspelt: 'audiences',
    meant: 'audience',
  },
  'verifyLoginHintToken, an issuer': {
    take: (options) => verifyLoginHintToken(unsigned, { issuers: { [issuer]: options }, audience: issuer }),
    good: { jwks },
    misspelt: 'subjects',
    meant: 'subject',
  },
};

const each = Object.entries(rows).map(([name, row]) => ({ name, ...row }));

/** What the call throws or rejects with. */
async function errorOf(take: Take, options: unknown): Promise<unknown> {
  try {
    await take(options);
  } catch (error) {
    return error;
  }
}

/** Its message, or nothing where there is no error. */
async function messageOf(take: Take, options: unknown): Promise<string> {
  return (((await errorOf(take, options)) ?? {}) as Partial<Error>).message ?? '';
}

const unknownOption = { name: 'TypeError', message: expect.stringMatching(/has no option/) };

describe('An option that is not known is refused at construction', () => {
  it.each(each)('by $name: the error for `$misspelt` suggests `$meant`', async ({ take, good, misspelt, meant }) => {
    expect(await errorOf(take, { ...good, [misspelt]: 1 })).toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(`has no option \`${misspelt}\`: did you mean \`${meant}\`\\?$`),
    });
  });

  it.each(each)('by $name: what resembles nothing is answered with the names there are', async (row) => {
    const error = await errorOf(row.take, { ...row.good, zzzzzzzzzzzzzzzz: null });
    expect(error).toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(`has no option \`zzzzzzzzzzzzzzzz\`: it takes .*\\b${row.meant}\\b`),
    });
  });

  it.each(each)('by $name: nothing is wrong with one whose value is undefined', async ({ take, good, misspelt }) => {
    expect(await messageOf(take, { ...good, [misspelt]: undefined })).not.toContain('has no option');
  });

  it.each(each)('by $name: the options themselves are known', async ({ take, good, meant }) => {
    for (const options of [good, { ...good, [meant]: 1 }]) {
      expect(await messageOf(take, options)).not.toContain('has no option');
    }
  });

  it.each(each.filter(({ name }) => name !== 'reject'))(
    'by $name: no options at all is a TypeError',
    async ({ take }) => {
      expect(await errorOf(take, null)).toMatchObject({ name: 'TypeError' });
    },
  );
});

describe('The names of options', () => {
  it.each([
    ['own ones of an object without a prototype', Object.assign(Object.create(null), { authlete, htus: 1 })],
    ['own ones of an instance', Object.assign(new (class Configuration {})(), { authlete, htus: 1 })],
  ])('are looked at: %s', async (_, options) => {
    expect(await errorOf(cibaToken, options)).toMatchObject(unknownOption);
  });

  it.each([
    ['inherited ones', Object.assign(Object.create({ htus: 1 }), { authlete })],
    ['symbols', { authlete, [Symbol('htus')]: 1 }],
    ['what cannot be enumerated', Object.defineProperty({ authlete }, 'htus', { value: 1 })],
  ])('are not looked at: %s', async (_, options) => {
    expect(await errorOf(cibaToken, options)).toBeUndefined();
  });

  it.each(['constructor', 'toString', '__proto__x', ''])('do not include %p', async (name) => {
    expect(await errorOf(cibaToken, { authlete, [name]: 1 })).toMatchObject(unknownOption);
  });
});

describe("Other people's objects are not walked", () => {
  const extra = { extra: 1 };
  const logger = { ...console, ...extra };

  it.each<[string, Take, Options]>([
    ['authlete', cibaToken, { authlete: { ...authlete, ...extra } }],
    ['logger', cibaToken, { authlete, logger }],
    [
      'tls of authleteClient',
      authleteClient,
      { ...rows.authleteClient?.good, tls: { minVersion: 'TLSv1.3', ...extra } },
    ],
    ['tls of notifications', cibaCompletion, { authlete, handleKeys, notifications: { tls: extra } }],
    ['limiter', promptLimit, { limiter: { consume() {}, reward() {}, ...extra } }],
    ['validators', authorizationDetails, { types: ['x'], validate: { x: Object.assign(() => undefined, extra) } }],
  ])('%s', async (_, take, options) => {
    expect(await errorOf(take, options)).toBeUndefined();
  });
});

describe('A promise given as authlete', () => {
  it.each(['cibaBackchannel', 'cibaToken', 'cibaDiscovery', 'cibaCompletion'])(
    'is recognised by %s',
    async (factory) => {
      const { take, good } = rows[factory] as Row;
      expect(await errorOf(take, { ...good, authlete: Promise.resolve(authlete) })).toMatchObject({
        name: 'TypeError',
        message: expect.stringMatching(/^authlete must have a method \w+\(\): is it a promise\? await it$/),
      });
    },
  );
});
