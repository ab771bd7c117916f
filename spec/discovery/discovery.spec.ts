import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { cibaDiscovery } from 'ciba-backchannel';
import express from 'express';
import request from 'supertest';
import { expectError } from '../support/answers.js';
import { deferred, never } from '../support/deferred.js';
import { fakeOnly } from '../support/fake-timers.js';
import { frameworks, type Host } from '../support/hosts.js';
import { rawClient } from '../support/raw-client.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { type Reply, type StubAuthlete, stubAuthlete } from '../support/stub-authlete.js';
import { casesOf, noOptions } from '../support/wrong-options.js';

const wellKnown = '/.well-known/openid-configuration';
const metadata = { issuer: 'https://as.example.com', jwks_uri: 'https://as.example.com/keys/jwks?v=1', n: 1 };
const keys = { keys: [{ kty: 'EC', kid: 'k-1' }] };
const good = { configuration: metadata, jwks: keys };
const down = () => Promise.reject(new Error('down'));

function expectDocument(answer: request.Response, document: object): void {
  expect([answer.status, answer.text]).toEqual([200, JSON.stringify(document)]);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.headers['cache-control']).toBe('public, max-age=60');
  expect(answer.headers.etag).toBeUndefined();
}

/** The rest of the host's application: whatever the middleware leaves alone. */
function withRest(app: Host): Host {
  app.use((_req, res) => {
    res.statusCode = 299;
    res.end('the rest');
  });
  return app;
}

async function served(authlete: StubAuthlete, logger = recordingLogger()) {
  const app = express() as unknown as Host;
  app.use(cibaDiscovery({ authlete, logger }));
  const server = await serving(withRest(app));
  return { get: (path: string) => request(server).get(path), server };
}

/** For the clock that nobody can set. */
function letTimePass(milliseconds: number): void {
  const later = performance.now() + milliseconds;
  jest.spyOn(performance, 'now').mockReturnValue(later);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(frameworks)('cibaDiscovery on %s', (_, { host }) => {
  it('serves the metadata, and the JWK set where that says', async () => {
    const app = host();
    app.use(cibaDiscovery({ authlete: stubAuthlete(good) }));
    const server = await serving(withRest(app));
    expectDocument(await request(server).get('/keys/jwks'), keys);
    expectDocument(await request(server).get(`${wellKnown}?x=1`), metadata);
    const head = await request(server).head(wellKnown);
    expect([head.status, head.headers['content-length']]).toEqual([200, String(JSON.stringify(metadata).length)]);
  });

  it.each(['/', '/jwks', '/keys/jwks/', '/keys', '/.well-known/openid-configuration/x', '/%ff'])(
    'leaves %s to the host',
    async (path) => {
      const app = host();
      app.use(cibaDiscovery({ authlete: stubAuthlete(good) }));
      expect((await request(await serving(withRest(app))).get(path)).text).toBe('the rest');
    },
  );

  it('leaves other methods to the host', async () => {
    const app = host();
    const authlete = stubAuthlete(good);
    app.use(cibaDiscovery({ authlete }));
    const server = await serving(withRest(app));
    expect((await request(server).post(wellKnown)).text).toBe('the rest');
    expect((await request(server).options('/keys/jwks')).text).toBe('the rest');
    expect(authlete.calls).toEqual([]);
  });

  it('serves under a prefix, where the issuer has a path', async () => {
    const documents = { issuer: 'https://as.example.com/tenant', jwks_uri: 'https://as.example.com/tenant/jwks' };
    const app = host();
    app.use('/tenant', cibaDiscovery({ authlete: stubAuthlete({ ...good, configuration: documents }) }));
    const server = await serving(withRest(app));
    expectDocument(await request(server).get(`/tenant${wellKnown}`), documents);
    expectDocument(await request(server).get('/tenant/jwks'), keys);
    expect((await request(server).get('/jwks')).text).toBe('the rest');
  });

  it('serves when it is mounted at its own paths', async () => {
    const app = host();
    const discovery = cibaDiscovery({ authlete: stubAuthlete(good) });
    app.use(wellKnown, discovery);
    app.use('/keys/jwks', discovery);
    app.use(`/tenant${wellKnown}`, discovery);
    const server = await serving(withRest(app));
    expectDocument(await request(server).get(wellKnown), metadata);
    expectDocument(await request(server).get('/keys/jwks'), keys);
    expectDocument(await request(server).get(`/tenant${wellKnown}`), metadata);
    for (const path of [`${wellKnown}/x`, '/keys/jwks/x', '/tenant']) {
      expect((await request(server).get(path)).text).toBe('the rest');
    }
  });
});

describe('cibaDiscovery on a bare node:http server', () => {
  it('serves both documents, and 404 for the rest', async () => {
    const server = await serving(cibaDiscovery({ authlete: stubAuthlete(good) }));
    expectDocument(await request(server).get(wellKnown), metadata);
    expectDocument(await request(server).get('/keys/jwks'), keys);
    for (const path of ['/', '/jwks']) expect((await request(server).get(path)).status).toBe(404);
    expect((await request(server).post(wellKnown)).status).toBe(404);
  });

  it.each([undefined, 'no URL', 7])('serves no JWK set when the jwks_uri is %p', async (uri) => {
    const configuration = { issuer: 'https://as.example.com', jwks_uri: uri };
    const server = await serving(cibaDiscovery({ authlete: stubAuthlete({ ...good, configuration }) }));
    expect((await request(server).get(wellKnown)).status).toBe(200);
    for (const path of ['/', '/keys/jwks']) expect((await request(server).get(path)).status).toBe(404);
  });
});

describe('cibaDiscovery', () => {
  it('fetches the documents when they are first needed, once, and again after a minute', async () => {
    const authlete = stubAuthlete(good);
    const { get } = await served(authlete);
    expect(authlete.calls).toEqual([]);
    await Promise.all([get(wellKnown), get('/keys/jwks'), get('/')]);
    await get(wellKnown);
    expect(authlete.calls).toHaveLength(2);
    letTimePass(60_001);
    await get('/keys/jwks');
    expect(authlete.calls).toHaveLength(4);
  });

  it.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ])('serves both documents after a step of the wall clock %s', async (_, step) => {
    const { get } = await served(stubAuthlete(good));
    await get(wellKnown);
    const now = Date.now() + step;
    jest.spyOn(Date, 'now').mockReturnValue(now);
    for (let i = 0; i < 2; i += 1) {
      expectDocument(await get(wellKnown), metadata);
      expectDocument(await get('/keys/jwks'), keys);
    }
  });

  it('serves the old documents while they cannot be renewed', async () => {
    let reply: Reply = metadata;
    const authlete = stubAuthlete({ ...good, configuration: () => (reply === down ? down() : reply) });
    const { get } = await served(authlete);
    await get(wellKnown);
    reply = down;
    letTimePass(60_001);
    expectDocument(await get(wellKnown), metadata);
    expectDocument(await get('/keys/jwks'), keys);
    expect(authlete.requests('configuration')).toHaveLength(2);
  });

  it('lets nobody wait while they are renewed: the old ones serve', async () => {
    let renewal: unknown;
    const authlete = stubAuthlete({ ...good, configuration: () => renewal ?? metadata });
    const { get } = await served(authlete);
    await get(wellKnown);
    const renewed = deferred<object>();
    renewal = renewed.promise;
    letTimePass(60_001);
    for (let i = 0; i < 2; i += 1) {
      expectDocument(await get(wellKnown), metadata);
      expectDocument(await get('/keys/jwks'), keys);
      expect((await get('/')).text).toBe('the rest');
    }
    expect(authlete.requests('configuration')).toHaveLength(2);
    renewed.resolve({ ...metadata, n: 2 });
    await new Promise(setImmediate);
    expectDocument(await get(wellKnown), { ...metadata, n: 2 });
  });

  it('lets no other path wait for the first ones', async () => {
    const authlete = stubAuthlete({ ...good, configuration: () => never });
    const { get } = await served(authlete);
    for (const path of ['/health', '/', '/token/introspect']) expect((await get(path)).text).toBe('the rest');
    expect(authlete.requests('configuration')).toHaveLength(1);
  });

  it('asks the client to come again when the first ones do not come', async () => {
    fakeOnly('setTimeout', 'clearTimeout');
    try {
      const authlete = stubAuthlete({ ...good, configuration: () => never });
      const { get } = await served(authlete);
      const waiting = get(wellKnown).then((answer) => answer);
      await authlete.called('configuration');
      jest.advanceTimersByTime(10_000);
      expectError(await waiting, 503, 'server_error');
    } finally {
      jest.useRealTimers();
    }
  });

  it('serves RFC 8414, and both documents below and above the path of an issuer', async () => {
    const documents = { issuer: 'https://as.example.com/tenant/', jwks_uri: 'https://as.example.com/tenant/jwks' };
    const { get } = await served(stubAuthlete({ ...good, configuration: documents }));
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      expectDocument(await get(`/.well-known/${name}/tenant`), documents);
      expectDocument(await get(`/tenant/.well-known/${name}`), documents);
      expectDocument(await get(`/.well-known/${name}`), documents);
      for (const other of [`/.well-known/${name}/other`, `/.well-known/${name}/tenant/x`, `/.well-known/x${name}`]) {
        expect((await get(other)).text).toBe('the rest');
      }
    }
  });

  it('serves a client that asks for the JWK set first', async () => {
    const { get } = await served(
      stubAuthlete({ ...good, configuration: () => new Promise((r) => setImmediate(r, metadata)) }),
    );
    expectDocument(await get('/keys/jwks'), keys);
  });

  it('understands a request target in absolute form', async () => {
    const { server } = await served(stubAuthlete(good));
    for (const [path, document] of [
      [wellKnown, metadata],
      ['/keys/jwks?x', keys],
    ] as const) {
      const client = await rawClient(server.port);
      client.write(`GET http://as.example.com${path} HTTP/1.1\r\nHost: other.example\r\n\r\n`);
      expect(await client.answer()).toMatchObject({ status: 200, body: JSON.stringify(document) });
    }
  });

  it.each<[string, Reply]>([
    ['rejects', down],
    ['gives null', null],
    ['gives nothing', undefined],
    ['gives a text', '{}'],
    ['gives an array', []],
  ])('answers server_error when Authlete %s, and leaves the rest to the host', async (_, reply) => {
    for (const broken of ['configuration', 'jwks']) {
      const logger = recordingLogger();
      const { get } = await served(stubAuthlete({ ...good, [broken]: reply }), logger);
      expect((await get('/other')).text).toBe('the rest');
      expectError(await get(wellKnown), 500, 'server_error');
      expect(logger.entries[0]).toMatchObject({
        level: 'error',
        message: 'the discovery documents could not be fetched',
      });
    }
  });

  it('lets nobody else wait for attempts that follow one which failed', async () => {
    const attempts = [down, () => never];
    const authlete = stubAuthlete({ ...good, configuration: () => attempts.shift()?.() });
    const { get } = await served(authlete);
    expectError(await get(wellKnown), 500, 'server_error');
    expect((await get('/')).text).toBe('the rest');
    expect(authlete.requests('configuration')).toHaveLength(1);
    letTimePass(1001);
    for (let i = 0; i < 3; i++) expect((await get('/')).text).toBe('the rest');
    expect(authlete.requests('configuration')).toHaveLength(2);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('of the host');
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the host'))],
  ])('survives a next() that %s while the documents are fetched', async (_, next) => {
    const logger = recordingLogger();
    const discovery = cibaDiscovery({ authlete: stubAuthlete(good), logger });
    const server = await serving((req, res) => discovery(req, res, next));
    expectError(await request(server).get('/keys'), 500, 'server_error');
    expect(logger.entries).toEqual([
      {
        level: 'error',
        message: 'a handler called by next() has thrown',
        details: { error: new Error('of the host') },
      },
    ]);
  });

  it('leaves what next() throws at once to the caller', async () => {
    const discovery = cibaDiscovery({ authlete: stubAuthlete(good) });
    const thrown = deferred<unknown>();
    const server = await serving((req, res) => {
      try {
        discovery(req, res, () => {
          throw new Error('of the host');
        });
      } catch (error) {
        thrown.resolve(error);
        res.end();
      }
    });
    await request(server).post('/');
    expect(await thrown.promise).toMatchObject({ message: 'of the host' });
  });

  it('finds its way back without a request for the metadata', async () => {
    let reply: Reply = down;
    const authlete = stubAuthlete({ ...good, configuration: () => (reply === down ? down() : reply) });
    const { get } = await served(authlete);
    await get('/keys/jwks');
    reply = metadata;
    letTimePass(1001);
    expectDocument(await get('/keys/jwks'), keys);
  });

  it('serves by fetch, and 404 for the rest', async () => {
    const { fetch } = cibaDiscovery({ authlete: stubAuthlete(good) });
    const get = (path: string, method = 'GET') => fetch(new Request(`https://as.example.com${path}`, { method }));
    for (const [path, document] of [
      [wellKnown, metadata],
      ['/keys/jwks?x=1', keys],
    ] as const) {
      const response = await get(path);
      expect([response.status, await response.text()]).toEqual([200, JSON.stringify(document)]);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('cache-control')).toBe('public, max-age=60');
      const head = await get(path, 'HEAD');
      expect([head.status, head.body]).toEqual([200, null]);
      expect(head.headers.get('content-length')).toBe(String(JSON.stringify(document).length));
      expect((await get(path, 'POST')).status).toBe(404);
    }
    for (const path of ['/', '/keys', '/tenant/keys/jwks']) expect((await get(path)).status).toBe(404);
  });

  it('answers server_error by fetch when Authlete cannot be reached', async () => {
    const { fetch } = cibaDiscovery({ authlete: stubAuthlete({ jwks: down }), logger: false });
    const response = await fetch(new Request(`https://as.example.com${wellKnown}`));
    expect([response.status, await response.json()]).toEqual([500, { error: 'server_error' }]);
  });

  it('closes the connection when the host breaks the response', async () => {
    const logged = deferred();
    const logger = { ...recordingLogger(), error: () => logged.resolve() };
    const discovery = cibaDiscovery({ authlete: stubAuthlete(good), logger });
    const server = await serving((req: IncomingMessage, res: ServerResponse) => {
      res.writeHead = () => {
        throw new Error('of the host');
      };
      discovery(req, res);
    });
    await expect(request(server).get(wellKnown)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await logged.promise;
  });

  it.each(
    casesOf([
      ['authlete', [undefined, null, 7, {}, { configuration() {} }, { jwks() {} }]],
      ['logger', [null, 7, {}, { error() {} }]],
    ]),
  )('refuses for $option: $shown', ({ option, value }) => {
    expect(() => cibaDiscovery({ authlete: stubAuthlete(), [option]: value } as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(new RegExp(`\\b${option}\\b`)) }),
    );
  });

  it.each(noOptions)('refuses %p for options', (options) => {
    expect(() => cibaDiscovery(options as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('cibaDiscovery') }),
    );
  });
});
