import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type AuthleteClientConfig, authleteClient } from 'ciba-backchannel';
import { always, clientFor, wire } from './wire.js';

const baseUrl = 'https://us.authlete.com';
const version3 = { baseUrl, serviceId: '1234567890', accessToken: 'access-token-6e0d' };
const version2 = { baseUrl, apiKey: '26478243745571', apiSecret: 'api-secret-91aa' };
const local = { ...version3, baseUrl: 'http://127.0.0.1:1' };

describe('authleteClient() refuses at once, naming the option,', () => {
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /authleteClient/],
    ['no credentials', { baseUrl }, /serviceId.*accessToken.*apiKey.*apiSecret/],
    ['both kinds of credentials', { ...version3, ...version2 }, /either.*serviceId.*apiKey/],
    ['one of each kind', { ...version3, apiKey: '1' }, /either/],
    ['a serviceId without an accessToken', { baseUrl, serviceId: '1' }, /^accessToken/],
    ['an accessToken without a serviceId', { baseUrl, accessToken: 'secret-x' }, /^serviceId/],
    ['an apiKey without an apiSecret', { baseUrl, apiKey: '1' }, /^apiSecret/],
    ['an apiSecret without an apiKey', { baseUrl, apiSecret: 'secret-x' }, /^apiKey/],
    ['an empty accessToken', { ...version3, accessToken: '' }, /^accessToken/],
    ['an accessToken with a line break', { ...version3, accessToken: 'secret-x\n' }, /^accessToken/],
    ['a serviceId that is a number', { ...version3, serviceId: 1234567890 }, /^serviceId/],
    ['an apiKey with a colon', { ...version2, apiKey: 'a:b' }, /^apiKey/],
    ['an apiSecret that is null', { ...version2, apiSecret: null }, /^apiSecret/],
    ['no baseUrl', { ...version3, baseUrl: undefined }, /^baseUrl/],
    ['a baseUrl that is none', { ...version3, baseUrl: 'us.authlete.com' }, /^baseUrl/],
    ['a baseUrl of another scheme', { ...version3, baseUrl: 'ftp://us.authlete.com' }, /^baseUrl/],
    ['a baseUrl with a password', { ...version3, baseUrl: 'https://u:secret-x@us.authlete.com' }, /^baseUrl/],
    ['a baseUrl with a query', { ...version3, baseUrl: `${baseUrl}?a=secret-x` }, /^baseUrl/],
    ['a timeout of 0', { ...version3, timeout: 0 }, /^timeout/],
    ['a timeout that is a string', { ...version3, timeout: '5s' }, /^timeout/],
    ['a timeout that timers cannot hold', { ...version3, timeout: 2 ** 31 }, /^timeout/],
    ['half a connection', { ...version3, connections: 0.5 }, /^connections/],
    ['no connections', { ...version3, connections: 0 }, /^connections/],
    ['a maxResponseBytes that is a string', { ...version3, maxResponseBytes: '1mb' }, /^maxResponseBytes/],
    ['endless maxResponseBytes', { ...version3, maxResponseBytes: Number.POSITIVE_INFINITY }, /^maxResponseBytes/],
    ['tls that is no object', { ...version3, tls: true }, /^tls/],
    ['tls with a broken certificate', { ...version3, tls: { ca: 'secret-x', cert: 'secret-x' } }, /^tls/],
    ['tls with a ca that is no certificate', { ...version3, tls: { ca: '/etc/ssl/ca.pem' } }, /^tls has a ca/],
    ['tls with cert and no key', { ...version3, tls: { cert: 'x' } }, /^tls needs both/],
    ['a host name of 254 characters', { ...version3, baseUrl: `https://${'a.'.repeat(126)}aa` }, /^baseUrl.*253/],
    ['a label of 64 characters', { ...version3, baseUrl: `https://${'a'.repeat(64)}.example` }, /^baseUrl.*63/],
    ['tls for http:', { ...local, tls: {} }, /^tls.*https/],
  ])('%s', (_, config, message) => {
    let thrown: unknown;
    try {
      authleteClient(config as AuthleteClientConfig);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'TypeError', message: expect.stringMatching(message) });
    expect(inspect(thrown, { depth: 9 })).not.toContain('secret-x');
  });
});

describe('authleteClient() takes', () => {
  it.each<[string, AuthleteClientConfig]>([
    ['Authlete 3.0', version3],
    ['Authlete 2.x', version2],
    ['http:', local],
    ['undefined for what is not used', { ...version2, serviceId: undefined, accessToken: undefined, tls: undefined }],
    ['all options', { ...version3, timeout: 1, connections: 1, maxResponseBytes: 1, tls: {} }],
  ])('%s', async (_, config) => {
    await authleteClient(config).close();
  });

  it('any serviceId, as one segment of the path', async () => {
    const authlete = await wire(always('{"keys":[]}'));
    await clientFor(authlete, { serviceId: 'a/b?c' } as Partial<AuthleteClientConfig>).jwks();
    expect(authlete.requests[0]?.path).toBe('/api/a%2Fb%3Fc/service/jwks/get');
  });
});
