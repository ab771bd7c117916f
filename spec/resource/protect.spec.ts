import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  AuthleteError,
  authorized,
  type CibaEvent,
  type ClientCertificateHeader,
  type IntrospectionRequest,
  type IntrospectionResponse,
} from 'ciba-backchannel';
import { type AccessToken, type ProtectOptions, protect } from 'ciba-backchannel/resource';
import express from 'express';
import * as openid from 'openid-client';
import request from 'supertest';
import { type Closing, discover, provider } from '../e2e/provider.js';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import { deferred } from '../support/deferred.js';
import { recordingLogger } from '../support/recording-logger.js';

const closing: Closing = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const good: IntrospectionResponse = {
  resultCode: 'A056001',
  resultMessage: '[A056001] valid',
  action: 'OK',
  clientId: '9007199254740993',
  subject: 'alice',
  scopes: ['openid', 'payments'],
  expiresAt: 4_102_444_800_000,
  acr: 'loa2',
  authTime: 1_700_000_000,
  properties: [{ key: 'act', value: '{"sub":"planner","iss":"https://agents.example"}', hidden: false }],
  authorizationDetails: { elements: [{ type: 'payment', otherFields: '{"amount":"89.90"}' }] },
};

const introspection = 'introspection';

/** An API behind the protection, and what Authlete was asked. */
function api(answer: Partial<IntrospectionResponse> | (() => unknown) = {}, options: Partial<ProtectOptions> = {}) {
  const asked: IntrospectionRequest[] = [];
  const authlete = {
    introspection: async (asking: IntrospectionRequest) => {
      asked.push(asking);
      return typeof answer === 'function' ? answer() : { ...good, ...answer };
    },
  } as ProtectOptions['authlete'];
  const logger = recordingLogger();
  const protection = protect({ authlete, htu: 'https://api.bank.example', logger, ...options });
  const app = express();
  app.all('/accounts', protection, (req, res) => void res.json({ token: (req as { token?: AccessToken }).token }));
  return { app, asked, logger, protection };
}

const get = (app: express.Express, authorization?: string, path = '/accounts') => {
  const asking = request(app).get(path);
  return authorization === undefined ? asking : asking.set('Authorization', authorization);
};

describe('protect()', () => {
  it('lets a good token pass, and says what it lets its client do', async () => {
    const { app, asked } = api(
      {},
      { scopes: ['payments'], acrValues: ['loa2'], maxAge: 300, resources: ['https://r'] },
    );
    const { status, body } = await get(app, 'Bearer a.b-c~d+e/f==');
    expect(status).toBe(200);
    expect(body.token).toEqual({
      subject: 'alice',
      clientId: '9007199254740993',
      scopes: ['openid', 'payments'],
      authorizationDetails: [{ type: 'payment', amount: '89.90' }],
      act: { sub: 'planner', iss: 'https://agents.example' },
      acr: 'loa2',
      authTime: '2023-11-14T22:13:20.000Z',
      expiresAt: '2100-01-01T00:00:00.000Z',
    });
    expect(asked).toEqual([
      { token: 'a.b-c~d+e/f==', scopes: ['payments'], acrValues: ['loa2'], maxAge: 300, resources: ['https://r'] },
    ]);
  });

  it.each([
    ['none', undefined, 401, 'Bearer realm="API"'],
    ['one of another scheme', 'Basic YTpi', 401, 'Bearer realm="API"'],
    ['an empty one', 'Bearer', 400, 'Bearer realm="API", error="invalid_request"'],
    ['one with a space in it', 'Bearer a b', 400, 'Bearer realm="API", error="invalid_request"'],
    ['one of 16,385 characters', `Bearer ${'a'.repeat(16_385)}`, 401, 'Bearer realm="API", error="invalid_token"'],
    ['a DPoP token without a proof', 'DPoP abc', 401, 'DPoP error="invalid_dpop_proof"'],
  ])('refuses a request with %s, and asks nobody', async (_, authorization, status, challenge) => {
    const { app, asked } = api();
    const server = createServer({ maxHeaderSize: 131_072 }, app);
    const answer = await request(server)
      .get('/accounts')
      .set(authorization ? { Authorization: authorization } : {});
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([status, challenge]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(asked).toEqual([]);
  });

  it('takes no token from the query, and none that is sent twice', async () => {
    const { app, asked } = api();
    expect((await get(app, undefined, '/accounts?access_token=abc')).status).toBe(401);
    expect((await get(app, 'Bearer abc', '/accounts?access_token=abc')).status).toBe(400);
    const twice = await request(app)
      .get('/accounts')
      .set('Authorization', ['Bearer abc', 'Bearer def'] as never);
    expect(twice.status).toBe(400);
    expect(asked).toEqual([]);
  });

  it.each([
    ['BAD_REQUEST', 400],
    ['UNAUTHORIZED', 401],
    ['FORBIDDEN', 403],
  ] as const)('passes on the challenge that comes with %s', async (action, status) => {
    // RFC 9470: the client has to ask for a better authentication.
    const responseContent = 'Bearer error="insufficient_user_authentication", acr_values="loa3", max_age="60"';
    const { app } = api({ action, responseContent, dpopNonce: 'n1' });
    const answer = await get(app, 'Bearer abc');
    expect(answer.status).toBe(status);
    expect(answer.headers['www-authenticate']).toBe(responseContent);
    expect(answer.headers['dpop-nonce']).toBe('n1');
    expect(answer.body).toEqual({ error: 'insufficient_user_authentication' });
  });

  it.each([
    [
      'is away',
      () => Promise.reject(new AuthleteError('ERR_AUTHLETE_UNREACHABLE', 'no connection', { api: introspection })),
      503,
    ],
    [
      'has too much to do',
      () => Promise.reject(new AuthleteError('ERR_AUTHLETE_STATUS', '429', { api: introspection, status: 429 })),
      503,
    ],
    ['says INTERNAL_SERVER_ERROR', () => ({ action: 'INTERNAL_SERVER_ERROR' }), 500],
    ['says something unknown', () => ({ action: 'FINE' }), 500],
    ['says nothing', () => null, 500],
    ['says OK with an act that is none', () => ({ ...good, properties: [{ key: 'act', value: '{' }] }), 500],
  ])('lets nothing pass when Authlete %s', async (_, answer, status) => {
    const { app } = api(answer);
    const { status: actual, headers } = await get(app, 'Bearer abc');
    expect(actual).toBe(status);
    if (status === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('lets nothing pass when Authlete does not answer in time', async () => {
    const { app } = api(() => new Promise(() => {}), { timeout: 20 });
    expect((await get(app, 'Bearer abc')).status).toBe(503);
  });

  it.each<[string, ProtectOptions['authorizationDetails'], number]>([
    ['covers the request', (details) => details[0]?.amount === '89.90', 200],
    ['does not', async () => false, 403],
    ['is said to by a number', (() => 1) as never, 403],
    ['cannot be compared', () => Promise.reject(new Error('no database')), 403],
  ])('asks the host whether what was approved %s', async (_, authorizationDetails, status) => {
    const { app } = api({}, { authorizationDetails });
    const answer = await get(app, 'Bearer abc');
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.headers['www-authenticate']).toContain('error="insufficient_authorization"');
  });

  it('asks again for each request, or remembers good tokens where the host says so', async () => {
    const each = api();
    const remembering = api({}, { cache: 60 });
    for (const { app } of [each, remembering]) {
      for (let i = 0; i < 3; i += 1) expect((await get(app, 'Bearer abc')).status).toBe(200);
      await get(app, 'Bearer other');
    }
    expect(each.asked).toHaveLength(4);
    expect(remembering.asked).toHaveLength(2);
    const refusing = api({ action: 'UNAUTHORIZED', responseContent: 'Bearer' }, { cache: 60 });
    for (let i = 0; i < 2; i += 1) await get(refusing.app, 'Bearer abc');
    expect(refusing.asked).toHaveLength(2);
  });

  it('judges a DPoP proof by the public URL, whatever the Host, and never remembers such a token', async () => {
    const { app, asked } = api({ dpopNonce: 'n2' }, { cache: 60, dpopNonceRequired: true });
    for (let i = 0; i < 2; i += 1) {
      const answer = await get(app, 'DPoP abc', '/accounts?x=1').set('DPoP', 'proof').set('Host', 'evil.example');
      expect(answer.headers['dpop-nonce']).toBe('n2');
    }
    const proof = { dpop: 'proof', htm: 'GET', htu: 'https://api.bank.example/accounts', dpopNonceRequired: true };
    expect(asked).toEqual(Array(2).fill({ token: 'abc', ...proof }));
    // Sent as a bearer token, it comes without its proof, and Authlete refuses it.
    await get(app, 'Bearer abc').set('DPoP', 'proof');
    expect(asked[2]).toEqual({ token: 'abc' });
  });

  it.each<[ClientCertificateHeader['format'], (certificate: TestCertificate) => string]>([
    ['rfc9440', ({ cert }) => `:${cert.replace(/-----.*-----|\n/g, '')}:`],
    ['nginx', ({ cert }) => encodeURIComponent(cert)],
    ['envoy', ({ cert }) => `By=spiffe://proxy;Cert="${encodeURIComponent(cert)}"`],
    ['alb', ({ cert }) => encodeURI(cert)],
  ])('asks with the certificate that a proxy sends as %s', async (format, headerOf) => {
    const certificate = await makeCertificate();
    const { app, asked } = api({}, { clientCertificate: { header: 'x-cert', format } });
    expect((await get(app, 'Bearer abc').set('x-cert', headerOf(certificate))).status).toBe(200);
    expect(asked).toEqual([{ token: 'abc', clientCertificate: certificate.cert }]);
    expect((await get(app, 'Bearer abc').set('x-cert', 'nonsense')).status).toBe(400);
    expect(asked).toHaveLength(1);
  });

  it('asks with the certificate of the connection', async () => {
    const certificate = await makeCertificate({ subject: 'CN=localhost', san: [{ type: 'dns', value: 'localhost' }] });
    const { cert, key } = certificate;
    const { app, asked } = api({}, { clientCertificate: 'tls' });
    const server = createTlsServer({ cert, key, requestCert: true, rejectUnauthorized: false }, app);
    const presented = request(server).get('/accounts').trustLocalhost().cert(cert).key(key);
    expect((await presented.set('Authorization', 'Bearer abc')).status).toBe(200);
    expect(asked).toEqual([{ token: 'abc', clientCertificate: cert }]);
  });

  it('asks with the certificate that a function gives, and nobody where it fails', async () => {
    const own = api({}, { clientCertificate: () => ({ clientCertificate: 'PEM' }) });
    await get(own.app, 'Bearer abc');
    expect(own.asked).toEqual([{ token: 'abc', clientCertificate: 'PEM' }]);
    const clientCertificate = () => {
      throw new Error('no');
    };
    const broken = api({}, { clientCertificate });
    expect((await get(broken.app, 'Bearer abc')).status).toBe(500);
    expect(broken.asked).toEqual([]);
  });

  it('gives Web-standard hosts the token, or the Response that refuses the request', async () => {
    const { protection } = api();
    const url = 'https://api.bank.example/accounts';
    const passed = await protection.fetch(new Request(url, { headers: { authorization: 'Bearer abc' } }));
    expect(passed).toMatchObject({ subject: 'alice' });
    const refused = await protection.fetch(new Request(url));
    expect(refused).toBeInstanceOf(Response);
    expect([(refused as Response).status, await (refused as Response).json()]).toEqual([
      401,
      { error: 'invalid_token' },
    ]);
  });

  it.each([
    [{ scope: ['a'] }, 'did you mean `scopes`?'],
    [{ scopes: 'a' }, 'scopes must be an array of strings'],
    [{ maxAge: 0 }, 'maxAge'],
    [{ cache: -1 }, 'cache'],
    [{ htu: 'https://api.bank.example/v1' }, 'htu must be a URL without path'],
    [{ authlete: {} }, 'introspection()'],
    [{ realm: '' }, 'realm'],
    [{ realm: '\u20ac' }, 'realm'],
    [{ dpopNonceRequired: 'yes' }, 'dpopNonceRequired'],
    [{ authorizationDetails: [] }, 'authorizationDetails must be a function'],
  ])('refuses the options %j at construction', (options, message) => {
    const authlete = { introspection: async () => good };
    expect(() => protect({ authlete, ...options } as never)).toThrow(message);
  });
});

describe.each(['embedded', 'over HTTP'] as const)('protect() with the engine %s', (engine) => {
  const clients = [
    {
      client_id: 'teller',
      client_secret: 'a secret',
      backchannel_token_delivery_mode: 'poll' as const,
      authorization_details_types: ['payment'],
    },
  ];
  const hooks = {
    identifyUser: ({ hint }: { hint: string }) => ({ subject: hint }),
    authenticate: () => authorized({ acr: 'loa2', authTime: new Date(), accessTokenDuration: 60 }),
  };

  it('accepts what was approved, and asks for more where it is not enough', async () => {
    const engineOptions = { acrs: ['loa2', 'loa3'], scopes: ['openid', 'payments'] };
    const completed = deferred<void>();
    const onEvent = ({ type }: CibaEvent) => type === 'completed' && completed.resolve();
    const options = { engine, clients, hooks: { ...hooks, onEvent }, engineOptions };
    const { issuer, authlete } = await provider(options, closing);
    const config = await discover(issuer, 'teller', 'a secret');
    const acknowledgement = await openid.initiateBackchannelAuthentication(config, {
      scope: 'openid',
      login_hint: 'alice',
      authorization_details: JSON.stringify([{ type: 'payment', amount: '89.90' }]),
    });
    await completed.promise;
    // The first poll is never too soon.
    const tokens = await openid.pollBackchannelAuthenticationGrant(config, { ...acknowledgement, interval: 0 });
    const open = protect({ authlete, maxAge: 60, acrValues: ['loa2'] });
    const asking = () =>
      new Request('https://api.example', { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const passed = await open.fetch(asking());
    expect(passed instanceof Response ? passed.headers.get('www-authenticate') : passed).toMatchObject({
      subject: 'alice',
      clientIdAlias: 'teller',
      acr: 'loa2',
      authorizationDetails: [{ type: 'payment', amount: '89.90' }],
    });
    const refusals: [Partial<ProtectOptions>, number, string][] = [
      [{ acrValues: ['loa3'] }, 401, 'insufficient_user_authentication'],
      [{ scopes: ['payments'] }, 403, 'insufficient_scope'],
    ];
    for (const [options, status, error] of refusals) {
      const refused = (await protect({ authlete, ...options }).fetch(asking())) as Response;
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        status,
        expect.stringContaining(error),
      ]);
    }
  });
});
