import type { RequestListener } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fetchedKeys } from '../../lib/embedded/client/keys.js';
import { jwksUriFailure } from '../../lib/jwt/jwks-uri.js';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import { startConnectProxy } from '../support/connect-proxy.js';
import { serving } from '../support/serving.js';
import { assertionClaims, assertionParameters, type ClientKey, makeClientKey, sign } from './client-jwt.js';
import { content, startEngine, type TestEngine } from './engine.js';

let key: ClientKey;
let newKey: ClientKey;
let certificate: TestCertificate;
let uri: string;
let answer: RequestListener;
let fetched: number;

beforeAll(async () => {
  key = await makeClientKey('ES256', 'first');
  newKey = await makeClientKey('ES256', 'second');
  certificate = await makeCertificate();
});

beforeEach(async () => {
  fetched = 0;
  answer = withKeys(key.publicJwk);
  const { port } = await serving((req, res) => {
    fetched += 1;
    answer(req, res);
  });
  uri = `http://127.0.0.1:${port}/jwks`;
});

afterEach(() => {
  jest.restoreAllMocks();
});

const withKeys =
  (...keys: object[]): RequestListener =>
  (_req, res) => {
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys }));
  };

function start(allowJwksUri?: (url: URL) => boolean, jwks_uri = uri, proxy?: string) {
  const common = { backchannel_token_delivery_mode: 'poll' as const, jwks_uri };
  return startEngine({
    allowJwksUri,
    proxy,
    clients: [
      { ...common, client_id: 'jwt', token_endpoint_auth_method: 'private_key_jwt' },
      {
        ...common,
        client_id: 'signs',
        client_secret: 'a secret',
        backchannel_authentication_request_signing_alg: 'ES256',
      },
      { ...common, client_id: 'mtls', token_endpoint_auth_method: 'self_signed_tls_client_auth' },
    ],
  });
}

async function authenticate(engine: TestEngine, signer = key) {
  const jwt = await sign(signer, assertionClaims(engine, 'jwt'), { kid: signer.publicJwk.kid });
  const form = { grant_type: 'refresh_token', refresh_token: 'x', ...assertionParameters(jwt) };
  return content(await engine.authlete.token({ parameters: new URLSearchParams(form).toString() }));
}

async function authenticateByCertificate({ authlete }: TestEngine) {
  const parameters = 'client_id=mtls&grant_type=refresh_token&refresh_token=x';
  return content(await authlete.token({ parameters, clientCertificate: certificate.cert }));
}

const authenticated = { error: 'invalid_grant' };
const refusedFor = (description: RegExp) => ({
  error: 'invalid_client',
  error_description: expect.stringMatching(description),
});

describe('keys at a jwks_uri', () => {
  it('are fetched through a proxy', async () => {
    const proxy = await startConnectProxy((authority) => ({ port: Number(authority.split(':')[1]) }));
    const engine = await start(() => true, uri, proxy.url);
    expect(await authenticate(engine)).toMatchObject(authenticated);
    expect(proxy.tunnels).toMatchObject([{ authority: new URL(uri).host }]);
    await proxy.close();
  });

  it('are fetched when they are first needed, and kept', async () => {
    const engine = await start(() => true);
    expect(fetched).toBe(0);
    const answers = await Promise.all([authenticate(engine), authenticate(engine), authenticate(engine)]);
    answers.push(await authenticate(engine));
    for (const answered of answers) expect(answered).toMatchObject(authenticated);
    expect(fetched).toBe(1);
  });

  it.each<[string, RequestListener]>([
    ['resets the connection', (req) => req.socket.destroy()],
    ['answers 500', (_req, res) => res.writeHead(500).end()],
    ['has no JWK set', (_req, res) => res.end('{}')],
  ])('are not fetched again at once if the endpoint %s', async (_, failing) => {
    answer = failing;
    const engine = await start(() => true);
    for (let i = 0; i < 5; i += 1) expect(await authenticate(engine)).toMatchObject({ error: 'invalid_client' });
    expect(fetched).toBe(1);
    answer = withKeys(key.publicJwk);
    const later = performance.now() + 5001;
    jest.spyOn(performance, 'now').mockReturnValue(later);
    expect(await authenticate(engine)).toMatchObject(authenticated);
    expect(fetched).toBe(2);
  });

  it('are fetched again for a new key, not sooner than after 30 seconds', async () => {
    const engine = await start(() => true);
    expect(await authenticate(engine)).toMatchObject(authenticated);
    answer = withKeys(newKey.publicJwk);
    expect(await authenticate(engine, newKey)).toMatchObject(refusedFor(/does not have/));
    expect(fetched).toBe(1);
    const later = Date.now() + 31_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(await authenticate(engine, newKey)).toMatchObject(authenticated);
    expect(fetched).toBe(2);
  });

  it('recognise a self-signed certificate, and its renewal', async () => {
    const engine = await start(() => true);
    expect(await authenticateByCertificate(engine)).toMatchObject(refusedFor(/key that the client has not registered/));
    answer = withKeys({ kty: 'unknown' }, certificate.publicJwk);
    expect(await authenticateByCertificate(engine)).toMatchObject(refusedFor(/key that the client has not registered/));
    const later = Date.now() + 31_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(await authenticateByCertificate(engine)).toMatchObject(authenticated);
    expect(await authenticateByCertificate(engine)).toMatchObject(authenticated);
    expect(fetched).toBe(2);
  });

  it('are not fetched from a private address, or without https', async () => {
    for (const engine of [
      await start(),
      await start(() => false),
      await start(undefined, uri.replace('http:', 'https:')),
      await start(undefined, uri.replace('http:', 'https:').replace('127.0.0.1', 'localhost')),
    ]) {
      expect(await authenticate(engine)).toMatchObject(refusedFor(/not at a public https address/));
      expect(await authenticateByCertificate(engine)).toMatchObject(refusedFor(/not at a public https address/));
    }
    expect(fetched).toBe(0);
  });

  it.each(['a'.repeat(64), Array(5).fill('a'.repeat(63)).join('.')])(
    'are not fetched from the host %s',
    async (host) => {
      // Such a TLS server name would end the process at its next call of Web Crypto.
      const engine = await start(() => true, `https://${host}/jwks`);
      expect(await authenticate(engine)).toMatchObject(refusedFor(/host name that is too long/));
    },
  );

  it('are fetched after allowJwksUri was asked about the URL', async () => {
    const allow = jest.fn((_url: URL) => true);
    await authenticate(await start(allow));
    expect(allow.mock.calls).toEqual([[new URL(uri)]]);
  });

  it.each<[string, RegExp, RequestListener]>([
    ['is too large', /too large/, (_req, res) => res.end(JSON.stringify({ keys: ['x'.repeat(300_000)] }))],
    ['is not there', /not answer with a JWK set/, (_req, res) => res.writeHead(404).end()],
    ['redirects', /not answer with a JWK set/, (_req, res) => res.writeHead(302, { Location: '/other' }).end()],
    ['is not JSON', /not answer with a JWK set/, (_req, res) => res.end('<html>')],
    ['is not a JWK set', /not answer with a JWK set/, (_req, res) => res.end('{}')],
    ['resets the connection', /cannot be fetched/, (req) => req.socket.destroy()],
  ])('are of no use if the endpoint %s', async (_what, description, listener) => {
    answer = listener;
    const engine = await start(() => true);
    expect(await authenticate(engine)).toMatchObject(refusedFor(description));
    expect(await authenticateByCertificate(engine)).toMatchObject(refusedFor(description));
  });

  it.each<[string, RequestListener]>([
    ['does not answer', () => {}],
    ['does not end', (_req, res) => res.write('{"keys":[')],
  ])('are of no use if the endpoint %s', async (_what, listener) => {
    answer = listener;
    const keys = fetchedKeys(uri, () => true, 20);
    const key = Promise.resolve(keys.forJwt({ alg: 'ES256' }, { payload: '', signature: '' }));
    expect(await key.catch(jwksUriFailure)).toBe('the jwks_uri of the client does not answer in time');
  });

  it('make a signed request invalid when they cannot be fetched', async () => {
    const { authlete } = await start();
    const request = await sign(key, { iss: 'signs' });
    const response = await authlete.backchannelAuthentication({
      clientId: 'signs',
      clientSecret: 'a secret',
      parameters: `request=${request}`,
    });
    expect(response).toMatchObject({ action: 'BAD_REQUEST' });
    expect(content(response)).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringMatching(/jwks_uri/),
    });
  });
});
