import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  makeCertificate,
  makeChain,
  type TestCertificate,
  type TestCertificateOptions,
} from '../support/certificates.js';
import { content, startEngine, type TestEngine } from './engine.js';

/** The engine's clock starts here. */
const now = 1_800_000_000_000;
const validity = { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + 3_600_000) };

let root: TestCertificate;
let intermediate: TestCertificate;
let engine: TestEngine;
let selfSigned: TestCertificate;
let renewed: TestCertificate;
let inX5c: TestCertificate;

const leaf = (options: TestCertificateOptions = {}) =>
  makeCertificate({ ...validity, issuer: intermediate, ...options });

const subject = 'C=PT, O=Bank, CN=teller';
const san: TestCertificateOptions['san'] = [
  { type: 'dns', value: 'teller.example.com' },
  { type: 'url', value: 'https://teller.example.com/client' },
  { type: 'ip', value: '192.0.2.7' },
  { type: 'email', value: 'teller@example.com' },
];

function clientsOf(members: Record<string, object>) {
  return Object.entries(members).map(([id, member]) => ({
    client_id: id,
    token_endpoint_auth_method: 'tls_client_auth',
    backchannel_token_delivery_mode: 'poll' as const,
    ...member,
  }));
}

const tlsClients = clientsOf({
  dn: { tls_client_auth_subject_dn: 'CN=teller,O=Bank,C=PT' },
  dns: { tls_client_auth_san_dns: 'teller.example.com' },
  uri: { tls_client_auth_san_uri: 'https://teller.example.com/client' },
  ip: { tls_client_auth_san_ip: '192.0.2.7' },
  email: { tls_client_auth_san_email: 'teller@example.com' },
});

beforeAll(async () => {
  root = await makeCertificate({ ...validity, subject: 'CN=Test Root', ca: true });
  intermediate = await makeCertificate({ ...validity, subject: 'CN=Test Intermediate', ca: true, issuer: root });
  selfSigned = await makeCertificate({ subject: 'CN=self' });
  renewed = await makeCertificate({ subject: 'CN=renewed', key: selfSigned.keys });
  inX5c = await makeCertificate({ subject: 'CN=in x5c', key: 'RSA' });
  const x5c = [new X509Certificate(inX5c.cert).raw.toString('base64')];
  engine = await startEngine({
    trustAnchors: root.cert,
    clients: [
      ...tlsClients,
      ...clientsOf({
        self: {
          token_endpoint_auth_method: 'self_signed_tls_client_auth',
          jwks: { keys: [selfSigned.publicJwk, { kty: 'RSA', x5c }] },
        },
        secret: { token_endpoint_auth_method: 'client_secret_basic', client_secret: 'a secret' },
      }),
    ],
  });
});

type Credentials = { clientCertificate?: string; clientCertificatePath?: string[] };

async function authenticate(client: string, credentials: Credentials, more: object = {}, { authlete } = engine) {
  const parameters = (form: object) => new URLSearchParams({ client_id: client, ...form, ...more }).toString();
  return {
    ask: await authlete.backchannelAuthentication({
      ...credentials,
      parameters: parameters({ scope: 'openid', login_hint: 'alice' }),
    }),
    token: await authlete.token({
      ...credentials,
      parameters: parameters({ grant_type: 'refresh_token', refresh_token: 'x' }),
    }),
  };
}

async function expectAccepted(...args: Parameters<typeof authenticate>) {
  const { ask, token } = await authenticate(...args);
  expect(ask).toMatchObject({ action: 'USER_IDENTIFICATION' });
  expect(content(token)).toMatchObject({ error: 'invalid_grant' });
  return ask;
}

async function expectRefused(description: RegExp, ...args: Parameters<typeof authenticate>) {
  const { ask, token } = await authenticate(...args);
  expect(ask).toMatchObject({ action: 'UNAUTHORIZED' });
  expect(token).toMatchObject({ action: 'INVALID_CLIENT' });
  for (const answer of [ask, token]) {
    const error_description = expect.stringMatching(description);
    expect(content(answer)).toEqual({ error: 'invalid_client', error_description });
  }
}

/** As the middleware hands a chain on: leaf and rest apart. */
const presented = ({ cert }: TestCertificate, ...path: TestCertificate[]): Credentials => ({
  clientCertificate: cert,
  clientCertificatePath: path.map((certificate) => certificate.cert),
});

describe('tls_client_auth', () => {
  it.each(['dn', 'dns', 'uri', 'ip', 'email'])('recognises a client by its %s', async (client) => {
    const certificate = await leaf({ subject, san });
    const response = await expectAccepted(client, presented(certificate, intermediate));
    expect(response).toMatchObject({ clientAuthMethod: 'TLS_CLIENT_AUTH', clientIdAlias: client });
  });

  it.each<[string, TestCertificateOptions]>([
    ['dn', { subject: 'C=PT, O=Bank, CN=other', san }],
    ['dn', { subject: 'CN=teller, O=Bank, C=PT', san }],
    ['dn', { subject: 'O=Bank, CN=teller', san }],
    ['dn', { subject: '' }],
    ['dns', { subject: 'CN=teller.example.com' }],
    ['dns', { san: [{ type: 'dns', value: '*.example.com' }] }],
    ['dns', { san: [{ type: 'dns', value: 'other.teller.example.com' }] }],
    ['uri', { san: [{ type: 'url', value: 'https://teller.example.com/client/' }] }],
    ['uri', { san: [{ type: 'dns', value: 'x, URI:https://teller.example.com/client' }] }],
    ['uri', { san: [{ type: 'dns', value: 'x", URI:https://teller.example.com/client' }] }],
    ['ip', { san: [{ type: 'ip', value: '192.0.2.8' }] }],
    ['email', { subject: 'E=teller@example.com' }],
    ['email', { san: [{ type: 'email', value: 'other@example.com' }] }],
  ])('refuses a client known by its %s for %j', async (client, options) => {
    await expectRefused(/subject/, client, presented(await leaf(options), intermediate));
  });

  it('finds a URI among names that have to be quoted', async () => {
    const names: TestCertificateOptions['san'] = [
      { type: 'dns', value: 'a, "b' },
      { type: 'url', value: 'https://teller.example.com/client' },
    ];
    await expectAccepted('uri', presented(await leaf({ san: names }), intermediate));
  });

  it('takes the path in any order, and more than is needed', async () => {
    const second = await makeCertificate({ ...validity, subject: 'CN=Second', ca: true, issuer: intermediate });
    const certificate = await leaf({ subject, issuer: second });
    const [unrelated] = [selfSigned];
    await expectAccepted('dn', presented(certificate, unrelated, intermediate, root, second));
    await expectAccepted('dn', presented(await leaf({ subject, issuer: root })));
  });

  it('refuses a chain that is not trusted', async () => {
    const certificate = await leaf({ subject });
    const foreign = await makeChain({ subject });
    const notCa = await leaf({ subject: 'CN=Test Intermediate', ca: false });
    const late = { notBefore: new Date(now + 1000), notAfter: new Date(now + 9000) };
    const early = { notBefore: new Date(now - 9000), notAfter: new Date(now - 1000) };
    const expired = await makeCertificate({ ...early, subject: 'CN=Expired', ca: true, issuer: root });
    const cases: Record<string, Credentials> = {
      'that lacks its middle': presented(certificate),
      'of another root': presented(foreign.leaf, foreign.intermediate, foreign.root),
      'with a leaf that signs itself': presented(await makeCertificate({ ...validity, subject })),
      'over a certificate of no authority': presented(await leaf({ subject, issuer: notCa }), notCa, intermediate),
      'with a leaf that has expired': presented(await leaf({ subject, ...early }), intermediate),
      'with a leaf that is not valid yet': presented(await leaf({ subject, ...late }), intermediate),
      'over an authority that has expired': presented(await leaf({ subject, issuer: expired }), expired),
      'of one that has the name of the intermediate': presented(
        await leaf({
          subject,
          issuer: await makeCertificate({ ...validity, subject: 'CN=Test Intermediate', ca: true }),
        }),
        intermediate,
      ),
    };
    for (const credentials of Object.values(cases)) await expectRefused(/trust anchor/, 'dn', credentials);
  });

  it('refuses a chain that points at itself without end', async () => {
    const loops = await Promise.all(
      Array.from({ length: 10 }, () => makeCertificate({ ...validity, subject: 'CN=Loop', ca: true, key: root.keys })),
    );
    const certificate = await leaf({ subject, issuer: loops[0] });
    await expectRefused(/trust anchor/, 'dn', presented(certificate, ...loops));
  });

  it.each<[string, RegExp, () => Credentials]>([
    ['no certificate', /missing/, () => ({})],
    ['an empty certificate', /missing/, () => ({ clientCertificate: '' })],
    ['a certificate that does not parse', /parse/, () => ({ clientCertificate: 'MII' })],
    [
      'a certificate of random bytes',
      /parse/,
      () => ({ clientCertificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
    ],
    [
      'a path that does not parse',
      /parse/,
      () => ({ clientCertificate: intermediate.cert, clientCertificatePath: ['x'] }),
    ],
    [
      'a chain of twenty',
      /more than 10/,
      () => ({ clientCertificate: intermediate.cert, clientCertificatePath: Array(19).fill(root.cert) }),
    ],
  ])('refuses %s', async (_what, description, credentials) => {
    await expectRefused(description, 'dn', credentials());
  });

  it('refuses another method, and ignores the certificate of a client with another method', async () => {
    const credentials = presented(await leaf({ subject }), intermediate);
    await expectRefused(/method/, 'dn', credentials, { client_secret: 'x' });
    await expectRefused(/no client authentication/, 'secret', credentials);
    await expectAccepted('secret', { ...credentials, clientId: 'secret', clientSecret: 'a secret' } as Credentials);
  });

  it("refuses another client's certificate", async () => {
    const credentials = presented(await leaf({ subject: 'CN=x', san }), intermediate);
    await expectAccepted('email', credentials);
    await expectRefused(/subject/, 'dn', credentials);
  });

  it('is refused without trustAnchors', async () => {
    const without = await startEngine({ clients: tlsClients });
    const credentials = presented(await leaf({ subject }), intermediate);
    await expectRefused(/trustAnchors/, 'dn', credentials, {}, without);
    const { token_endpoint_auth_methods_supported: methods } = await without.authlete.configuration();
    expect(methods).not.toContain('tls_client_auth');
  });

  it('takes several trust anchors, in one text or in an array', async () => {
    const foreign = await makeCertificate({ ...validity, subject: 'CN=Foreign', ca: true });
    const credentials = presented(await leaf({ subject }), intermediate);
    for (const trustAnchors of [foreign.cert + root.cert, [foreign.cert, root.cert]]) {
      await expectAccepted('dn', credentials, {}, await startEngine({ clients: tlsClients, trustAnchors }));
    }
  });
});

describe('self_signed_tls_client_auth', () => {
  it('trusts a registered key, whatever the certificate says', async () => {
    const response = await expectAccepted('self', presented(selfSigned));
    expect(response).toMatchObject({ clientAuthMethod: 'SELF_SIGNED_TLS_CLIENT_AUTH' });
    await expectAccepted('self', presented(renewed));
    await expectAccepted('self', presented(inX5c));
  });

  it('refuses any other key', async () => {
    await expectRefused(/key/, 'self', presented(await makeCertificate({ subject: 'CN=self' })));
  });

  it.each<[string, RegExp, Credentials]>([
    ['no certificate', /missing/, {}],
    ['one that does not parse', /parse/, { clientCertificate: 'x' }],
  ])('refuses %s', async (_what, description, credentials) => {
    await expectRefused(description, 'self', credentials);
  });
});
