import { describe, expect, it } from '@jest/globals';
import { authorized, cibaBackchannel, cibaToken } from 'ciba-backchannel';
import express from 'express';
import serverless from 'serverless-http';
import { stubAuthlete, valid } from '../support/stub-authlete.js';

/** An event of API Gateway. */
const event = (path: string, body: string) => ({
  version: '2.0',
  rawPath: path,
  headers: { host: 'as.example.com', 'content-type': 'application/x-www-form-urlencoded' },
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
