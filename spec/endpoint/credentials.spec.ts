import { request as httpRequest } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { expectAnswer, expectError } from '../support/answers.js';
import { endpointsByDoor, judging } from '../support/endpoints.js';
import { serving } from '../support/serving.js';

const basic = (credentials: string | Buffer) => `Basic ${Buffer.from(credentials).toString('base64')}`;
const form = 'scope=openid&client_id=post-id&client_secret=post-secret';

describe.each(endpointsByDoor)('%s reads Authorization', (_, endpoint) => {
  it.each<[string, string, string, string]>([
    ['as it stands', basic('client:secret'), 'client', 'secret'],
    ['in another case', basic('client:secret').replace('Basic', 'bAsIC'), 'client', 'secret'],
    ['after several spaces', basic('client:secret').replace(' ', '   '), 'client', 'secret'],
    ['percent-encoded', basic('my%2Dclient%2Eid:s%5Fe%3Acret%25'), 'my-client.id', 's_e:cret%'],
    ['with a plus for a space', basic('my+client:a+secret'), 'my client', 'a secret'],
    ['with an encoded plus', basic('my%2Bclient:%2b'), 'my+client', '+'],
    ['beyond ASCII, encoded', basic('%E2%82%AC:%C3%A9'), '\u20ac', '\u00e9'],
    ['beyond ASCII, not encoded', basic('\u20ac:\u00e9'), '\u20ac', '\u00e9'],
    ['with a secret that does not decode', basic('my%2Dclient:100%+sure'), 'my-client', '100%+sure'],
    ['with an id that does not decode', basic('100%+sure:my%2Dsecret'), '100%+sure', 'my-secret'],
    ['with bytes that do not decode', basic('%ff:%C3'), '%ff', '%C3'],
    ['with colons in the secret', basic('client:se:cr:et'), 'client', 'se:cr:et'],
    ['with an empty secret', basic('client:'), 'client', ''],
    ['with an empty id', basic(':secret'), '', 'secret'],
    ['with nothing in either half', basic(':'), '', ''],
  ])('%s', async (_, authorization, clientId, clientSecret) => {
    const { authlete, middleware } = judging(endpoint);
    const sent = request(await serving(middleware))
      .post('/')
      .set('Authorization', authorization);
    expectAnswer(await sent.send(form), 400);
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form, clientId, clientSecret }]);
  });

  it.each([
    ['another scheme', 'Bearer abc'],
    ['another scheme that looks alike', `Basically ${btoa('client:secret')}`],
    ['no credentials', 'Basic'],
    ['an empty value', ''],
    ['no colon', basic('client')],
    ['what is no base64', 'Basic ***'],
    ['two of them', `${basic('a:b')}, ${basic('c:d')}`],
    ['a line break in the secret', basic('client:sec\nret')],
  ])('and ignores %s', async (_, authorization) => {
    const { authlete, middleware } = judging(endpoint);
    const sent = request(await serving(middleware))
      .post('/')
      .set('Authorization', authorization);
    expectAnswer(await sent.send(form), 400);
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form }]);
  });
});

describe.each(endpointsByDoor)('%s', (_, endpoint) => {
  it('passes on attestations, and no certificate that a header claims', async () => {
    const { authlete, middleware } = judging(endpoint);
    const sent = request(await serving(middleware))
      .post('/')
      .set({ 'OAuth-Client-Attestation': 'a.b.c', 'OAuth-Client-Attestation-PoP': 'd.e.f', 'Client-Cert': ':AAAA:' });
    await sent.send(form);
    const attestation = { oauthClientAttestation: 'a.b.c', oauthClientAttestationPop: 'd.e.f' };
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form, ...attestation }]);
  });

  it('passes on the certificate, with Basic credentials beside it', async () => {
    const certificate = { clientCertificate: 'leaf', clientCertificatePath: ['ca'] };
    const { authlete, middleware } = judging(endpoint, { clientCertificate: () => certificate });
    const sent = request(await serving(middleware))
      .post('/')
      .set('Authorization', basic('client:secret'));
    await sent.send(form);
    const credentials = { clientId: 'client', clientSecret: 'secret' };
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form, ...certificate, ...credentials }]);
  });

  it('refuses a header where a certificate should be and is none', async () => {
    const { authlete, middleware } = judging(endpoint, { clientCertificate: { header: 'x-cert', format: 'nginx' } });
    const sent = request(await serving(middleware))
      .post('/')
      .set('X-Cert', 'nonsense');
    expectError(await sent.send(form), 400, 'invalid_request');
    expect(authlete.calls).toEqual([]);
  });

  it('answers server_error when the function for certificates throws', async () => {
    const { authlete, middleware } = judging(endpoint, {
      clientCertificate: () => {
        throw new Error('of the host');
      },
    });
    expectError(
      await request(await serving(middleware))
        .post('/')
        .send(form),
      500,
      'server_error',
    );
    expect(authlete.calls).toEqual([]);
  });

  it('takes the first of several Authorization headers, as Node does', async () => {
    const { authlete, middleware } = judging(endpoint);
    const { port } = await serving(middleware);
    const headers = ['Content-Type', 'application/x-www-form-urlencoded', 'Host', 'x'];
    for (const credentials of ['first:1', 'second:2']) headers.push('Authorization', basic(credentials));
    await new Promise((resolve) => {
      httpRequest({ port, method: 'POST', headers }, resolve).end(form);
    });
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form, clientId: 'first', clientSecret: '1' }]);
  });
});
