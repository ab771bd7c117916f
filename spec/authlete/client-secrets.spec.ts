import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type AuthleteClientConfig, authleteClient } from 'ciba-backchannel';
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
