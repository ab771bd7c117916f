import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type AuthleteClient, type AuthleteClientConfig, type AuthleteError, authleteClient } from 'ciba-backchannel';
import { accessToken, always, answer, clientFor, type Reply, wire } from './wire.js';

const clientSecret = 'client-secret-of-the-client-0b7c';
const ticket = 'ticket-of-the-answer-c01d';
const request = { parameters: `login_hint=alice&client_secret=${clientSecret}`, clientId: 'teller', clientSecret };

const secrets = [accessToken, clientSecret, ticket, request.parameters];

/** All that a log, a debugger or an error page could get out of a value. */
function everythingOf(value: unknown): string {
  const stack = value instanceof Object && 'stack' in value ? String(value.stack) : '';
  return inspect(value, { depth: 12, showHidden: true }) + JSON.stringify(value) + String(value) + stack;
}

describe('No secret is in the error of', () => {
  const cut = `HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"ticket":"${ticket}"`;
  it.each<[string, Reply]>([
    [
      'a refusal that repeats the request',
      ({ socket, headers, body }) => {
        const resultMessage = `bad call: ${headers.authorization} ${body} ${JSON.parse(body).parameters}`;
        socket.write(answer(JSON.stringify({ resultCode: headers.authorization, resultMessage }), { status: 401 }));
      },
    ],
    [
      'a refusal in HTML that repeats the request',
      ({ socket, headers, body }) => socket.write(answer(`<p>${headers.authorization}${body}`, { status: 500 })),
    ],
    ['half a JSON', always(`{"ticket":"${ticket}",`)],
    ['a JSON with one character too many', always(`{"ticket":"${ticket}"}x`)],
    ['a JSON string', always(`"${ticket}"`)],
    ['an answer that breaks off', ({ socket }) => socket.end(cut)],
    ['an answer that does not go on', ({ socket }) => socket.write(cut)],
    ['an answer that is no HTTP', ({ socket }) => socket.write(`{"ticket":"${ticket}"}`)],
    [
      'an answer in broken chunks',
      ({ socket }) => socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${ticket}\r\n`),
    ],
    ['a connection that is reset', ({ socket }) => socket.resetAndDestroy()],
  ])('%s', async (_, reply) => {
    const client = clientFor(await wire(reply), { timeout: 200 });
    const error = await client.backchannelAuthentication(request).catch((e) => e);
    expect(error).toMatchObject({ name: 'AuthleteError', code: expect.stringMatching(/^ERR_AUTHLETE_/) });
    for (const secret of secrets) expect(everythingOf(error)).not.toContain(secret);
  });

  it('a refusal by Authlete 2.x, plain or in base64', async () => {
    const echo: Reply = ({ socket, headers }) => {
      const credentials = String(headers.authorization).slice(6);
      const resultMessage = `${credentials} is ${Buffer.from(credentials, 'base64')}`;
      socket.write(answer(JSON.stringify({ resultMessage }), { status: 403 }));
    };
    const version2 = { serviceId: undefined, accessToken: undefined, apiKey: '26478', apiSecret: 'api-secret-4e1f' };
    const error = await clientFor(await wire(echo), version2)
      .backchannelAuthenticationIssue({ ticket })
      .catch((e) => e);
    expect(error.resultMessage).toBe('*** is 26478:***');
  });
});

describe('A message that repeats what was sent is masked', () => {
  const form = new URLSearchParams({
    grant_type: 'urn:openid:params:grant-type:ciba',
    client_id: 'teller',
    client_secret: 'p\u00e4ss word&more',
    client_notification_token: 'notification-token-8d2c',
    login_hint: 'alice@example.com',
    user_code: '4821',
    scope: 'openid',
  });

  async function messageFor(message: string, api: (client: AuthleteClient) => Promise<unknown>): Promise<unknown> {
    const client = clientFor(await wire(always(JSON.stringify({ resultMessage: message }), { status: 400 })));
    const error = await api(client).then(
      () => null as never,
      (e: AuthleteError) => e,
    );
    expect(error.message).toContain(error.resultMessage);
    return error.resultMessage;
  }

  it.each([
    ['the values of the form, decoded', 'p\u00e4ss word&more notification-token-8d2c', '*** ***'],
    ['the values of the form, as they were sent', 'p%C3%A4ss+word%26more', '***'],
    ['a hint within other words', 'no user <alice@example.com>', 'no user <***>'],
    ['a short code where it stands alone, and nowhere else', 'code 4821 (A048213)', 'code *** (A048213)'],
    ['the whole form', `bad: ${form}`, 'bad: ***'],
  ])('%s', async (_, message, masked) => {
    const parameters = String(form);
    expect(await messageFor(message, (client) => client.token({ parameters }))).toBe(masked);
  });

  it('except for values that are not secret', async () => {
    const message = 'teller may not have the scope openid with urn:openid:params:grant-type:ciba';
    const parameters = String(form);
    expect(await messageFor(message, (client) => client.token({ parameters }))).toBe(message);
  });

  it.each<[string, (client: AuthleteClient, secret: string) => Promise<unknown>]>([
    ['issue', (client, ticket) => client.backchannelAuthenticationIssue({ ticket })],
    ['fail', (client, ticket) => client.backchannelAuthenticationFail({ ticket, reason: 'ACCESS_DENIED' })],
    [
      'complete',
      (client, ticket) =>
        client.backchannelAuthenticationComplete({
          ticket,
          result: 'AUTHORIZED',
          subject: 'alice',
          accessToken: ticket,
        }),
    ],
    ['introspection', (client, token) => client.introspection({ token })],
    ['tokenRevoke, access token', (client, token) => client.tokenRevoke({ accessTokenIdentifier: token })],
    ['tokenRevoke, refresh token', (client, token) => client.tokenRevoke({ refreshTokenIdentifier: token })],
    ['token, DPoP proof', (client, dpop) => client.token({ parameters: 'a=b', dpop })],
  ])('of %s', async (_, api) => {
    const secret = 'secret-of-the-call-77f0';
    expect(await messageFor(`what is ${secret}?`, (client) => api(client, secret))).toBe('what is ***?');
  });
});

describe('No secret is in', () => {
  it.each<[string, AuthleteClientConfig]>([
    ['a client of Authlete 3.0', { baseUrl: 'https://us.authlete.com', serviceId: '1', accessToken }],
    ['a client of Authlete 2.x', { baseUrl: 'https://api.authlete.com', apiKey: '1', apiSecret: accessToken }],
  ])('%s', async (_, config) => {
    const client = authleteClient(config);
    expect(everythingOf(client)).not.toContain(accessToken);
    expect(everythingOf(client)).not.toContain(Buffer.from(`1:${accessToken}`).toString('base64'));
    await client.close();
  });
});
