import { describe, expect, it } from '@jest/globals';
import { authorized, cibaBackchannel, cibaToken, later } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import serverless from 'serverless-http';
import { shows } from '../policies/page.js';
import { lambda } from '../support/lambda.js';
import { stubAuthlete, valid } from '../support/stub-authlete.js';

/** An event of API Gateway. */
const event = (path: string, body: string, type = 'application/x-www-form-urlencoded') => ({
  version: '2.0',
  rawPath: path,
  headers: { host: 'as.example.com', 'content-type': type },
  requestContext: { http: { method: 'POST', path, sourceIp: '192.0.2.1' } },
  body,
  isBase64Encoded: false,
});

describe('In a function of serverless-http 3', () => {
  it('the client gets its auth_req_id, and the user is asked', async () => {
    const authlete = stubAuthlete();
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: () => authorized(),
    });
    const run = serverless(express().use('/backchannel/authentication', ciba), { provider: 'aws' });
    const answer = (await run(event('/backchannel/authentication', 'scope=openid&login_hint=alice'), {})) as object;
    expect(answer).toMatchObject({ statusCode: 200, body: expect.stringContaining('auth_req_id') });
    await ciba.idle();
    expect(authlete.requests('backchannelAuthenticationComplete')).toMatchObject([
      { ticket: valid.ticket, result: 'AUTHORIZED', subject: 'alice' },
    ]);
  });

  it('the token endpoint answers', async () => {
    const token = cibaToken({ authlete: stubAuthlete() });
    const run = serverless(express().use('/token', token), { provider: 'aws' });
    expect(await run(event('/token', 'grant_type=x'), {})).toMatchObject({ statusCode: 200 });
  });
});

describe('The function that docs/serverless.md shows', () => {
  it('is on the page as it runs here', async () => {
    expect(await shows('docs/serverless.md', 'spec/support/lambda.ts')).toBe(true);
  });

  it('has asked the user when it returns, and takes the decision in another instance', async () => {
    const posting = {
      client_id: 'teller',
      client_secret: 's',
      token_endpoint_auth_method: 'client_secret_post' as const,
    };
    const clients = [{ ...posting, backchannel_token_delivery_mode: 'poll' as const }];
    const issuer = 'https://as.bank.example';
    const asked: { handle: string; message?: string }[] = [];
    const authlete = await embeddedAuthlete({ issuer, clients });
    const instance = () =>
      lambda({
        authlete,
        handleKeys: ['k'.repeat(32)],
        findUser: async (subject) => ({ subject }),
        push: async (_, question) => void asked.push(question),
      });
    const form = (parameters: Record<string, string>) =>
      new URLSearchParams({ client_id: 'teller', client_secret: 's', ...parameters }).toString();

    const request = form({ scope: 'openid', login_hint: 'alice', binding_message: 'W4SCT' });
    const acknowledged = await instance()(event('/backchannel/authentication', request), {});
    expect(asked).toEqual([{ handle: expect.any(String), message: 'W4SCT' }]);

    const decision = JSON.stringify({ handle: asked[0]?.handle, approved: true });
    const callback = event('/device/callback', decision, 'application/json');
    expect(await instance()(callback, {})).toMatchObject({ statusCode: 204 });

    const { auth_req_id } = JSON.parse((acknowledged as { body: string }).body);
    const poll = form({ grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id });
    expect(await instance()(event('/token', poll), {})).toMatchObject({
      statusCode: 200,
      body: expect.stringContaining('access_token'),
    });
  });
});

it('idle() waits for a hook that has yet to start, since the answer of fetch() was not read', async () => {
  const order: string[] = [];
  const ciba = cibaBackchannel({
    authlete: stubAuthlete(),
    identifyUser: () => ({ subject: 'alice' }),
    authenticate() {
      order.push('asked');
      return later();
    },
  });
  const body = 'scope=openid&login_hint=alice';
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ciba.fetch(new Request('https://as.bank.example/', { method: 'POST', headers, body }));
  const idle = ciba.idle().then(() => order.push('idle'));
  order.push('returned');
  await answer.text();
  await idle;
  expect(order).toEqual(['returned', 'asked', 'idle']);
});
