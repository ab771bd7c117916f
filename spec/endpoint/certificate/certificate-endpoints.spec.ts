import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type AuthleteApi, type ClientCertificateOption, cibaBackchannel, cibaToken } from 'ciba-backchannel';
import type { ClientCredentials } from '../../../lib/authlete/types/common-types.js';
import { makeCertificate, makeChain, type TestCertificate } from '../../support/certificates.js';

let root: TestCertificate;
let intermediate: TestCertificate;
let leaf: TestCertificate;
let server: TestCertificate;

beforeAll(async () => {
  ({ root, intermediate, leaf } = await makeChain());
  server = await makeCertificate({ subject: 'CN=localhost', san: [{ type: 'dns', value: 'localhost' }] });
});

/** Refuses every request, and remembers what it was asked. */
function refusingAuthlete() {
  const asked = jest.fn<(request: ClientCredentials & { parameters: string }) => void>();
  const refuse = async (request: ClientCredentials & { parameters: string }) => {
    asked(request);
    return { action: 'BAD_REQUEST' as const, responseContent: '{"error":"refused"}' };
  };
  const authlete = { backchannelAuthentication: refuse, token: refuse } as Partial<AuthleteApi> as AuthleteApi;
  authlete.backchannelAuthenticationIssue = authlete.backchannelAuthenticationFail = refuse as never;
  return { authlete, asked };
}

const endpoints = {
  cibaBackchannel: (authlete: AuthleteApi, clientCertificate?: ClientCertificateOption) =>
    cibaBackchannel({ authlete, identifyUser: () => null, clientCertificate, logger: false }),
  cibaToken: (authlete: AuthleteApi, clientCertificate?: ClientCertificateOption) =>
    cibaToken({ authlete, clientCertificate, logger: false }),
};

describe.each(['cibaBackchannel', 'cibaToken'] as const)('%s', (endpoint) => {
  /** Posts a form over mutual TLS, with the leaf and the intermediate certificate. */
  async function post(clientCertificate: ClientCertificateOption | undefined, headers: Record<string, string> = {}) {
    const { authlete, asked } = refusingAuthlete();
    const { cert, key } = server;
    const options = { cert, key, requestCert: true, rejectUnauthorized: false, maxHeaderSize: 131_072 };
    const https = createServer(options, endpoints[endpoint](authlete, clientCertificate));
    https.listen(0, 'localhost');
    await once(https, 'listening');
    try {
      const req = request({
        port: (https.address() as AddressInfo).port,
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
        ca: server.cert,
        key: leaf.key,
        cert: leaf.cert + intermediate.cert,
        agent: false,
      }).end('scope=openid');
      const [res] = await once(req, 'response');
      let body = '';
      for await (const chunk of res.setEncoding('utf8')) body += chunk;
      return { status: res.statusCode, headers: res.headers, body: JSON.parse(body), asked: asked.mock.calls };
    } finally {
      https.close();
    }
  }

  const parameters = 'scope=openid';

  it('sends the certificate of the connection to Authlete, the chain apart', async () => {
    const { asked } = await post('tls');
    expect(asked).toEqual([[{ parameters, clientCertificate: leaf.cert, clientCertificatePath: [intermediate.cert] }]]);
  });

  it('sends the certificate of the configured header', async () => {
    const option: ClientCertificateOption = { header: 'X-Amzn-Mtls-Clientcert', format: 'alb' };
    const { asked } = await post(option, { 'X-Amzn-Mtls-Clientcert': encodeURI(leaf.chain) });
    expect(asked).toEqual([
      [{ parameters, clientCertificate: leaf.cert, clientCertificatePath: [intermediate.cert, root.cert] }],
    ]);
  });

  it('sends what the function gives', async () => {
    const { asked } = await post(() => ({ clientCertificate: root.cert }));
    expect(asked).toEqual([[{ parameters, clientCertificate: root.cert }]]);
  });

  it.each([false, undefined] as const)('%s: ignores the connection and every header', async (option) => {
    const value = encodeURIComponent(leaf.cert);
    const headers = { 'Client-Cert': value, 'X-Forwarded-Client-Cert': value, 'X-Amzn-Mtls-Clientcert': value };
    const { asked } = await post(option, headers);
    expect(asked).toEqual([[{ parameters }]]);
  });

  it.each([
    ['something else than a certificate', ':AAAA:'],
    ['64 kB', `:${'A'.repeat(65_536)}:`],
  ])('answers %s in the header with invalid_request', async (_, value) => {
    const answer = await post({ header: 'Client-Cert', format: 'rfc9440' }, { 'Client-Cert': value });
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': expect.stringMatching(/^application\/json/), 'cache-control': 'no-store' },
      body: { error: 'invalid_request', error_description: expect.stringContaining('client certificate') },
      asked: [],
    });
    expect(JSON.stringify(answer.body)).not.toContain('AAAA');
  });

  it('answers a function that throws with server_error', async () => {
    const answer = await post(() => {
      throw new Error('no certificate today');
    });
    expect(answer).toMatchObject({ status: 500, body: { error: 'server_error' }, asked: [] });
  });

  it('refuses a wrong option at construction', () => {
    const { authlete } = refusingAuthlete();
    const wrong = { header: 'Client-Cert', format: 'pem' } as unknown as ClientCertificateOption;
    expect(() => endpoints[endpoint](authlete, wrong)).toThrow('clientCertificate.format');
  });
});
