import { describe, expect, it, jest } from '@jest/globals';
import {
  type AuthleteApi,
  authorized,
  type BackchannelAuthenticationResponse,
  cibaBackchannel,
  cibaToken,
  later,
  reject,
} from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import request from 'supertest';
import { expectAnswer } from '../support/answers.js';
import { deferred, never } from '../support/deferred.js';
import { type Reach, reaches } from '../support/engine-over-http.js';
import { rawClient, rawPost } from '../support/raw-client.js';
import { serving } from '../support/serving.js';

const client = { client_id: 'teller-1.a', client_secret: 's_-.~ %+', backchannel_token_delivery_mode: 'poll' as const };
const basic = `Basic ${btoa('teller%2D1%2Ea:s%5F%2D%2E%7E+%25%2B')}`;
const good = 'scope=openid&login_hint=alice';

async function provider(reach: Reach, parsers: express.RequestHandler[] = [], options: object = {}) {
  const engine = await reach(await embeddedAuthlete({ issuer: 'https://as.example.com', clients: [client] }));
  const judged = deferred<BackchannelAuthenticationResponse>();
  const authlete: AuthleteApi = {
    ...engine,
    async backchannelAuthentication(...call) {
      const response = await engine.backchannelAuthentication(...call);
      judged.resolve(response);
      return response;
    },
  };
  const ciba = cibaBackchannel({
    authlete,
    identifyUser: ({ hint }) => ({ subject: hint }),
    logger: false,
    ...options,
  });
  const app = express()
    .use(...parsers, (_req, _res, next) => next())
    .use('/ciba', ciba)
    .use('/token', cibaToken({ authlete }));
  const server = await serving(app);
  const post = (form: string, path = '/ciba', authorization = basic) =>
    request(server).post(path).type('form').set('Authorization', authorization).send(form);
  /** What is left of the ticket: issue says whether it lives. */
  const actionOfIssue = async () => {
    const { ticket } = await judged.promise;
    return (await engine.backchannelAuthenticationIssue({ ticket: ticket as string })).action;
  };
  return { ciba, server, post, actionOfIssue };
}

it('The engine and handles go by one clock, which a test moves', async () => {
  const authlete = await embeddedAuthlete({ issuer: 'https://as.example.com', clients: [client] });
  const handle = deferred<string>();
  const ciba = cibaBackchannel({
    authlete,
    identifyUser: ({ hint }) => ({ subject: hint }),
    authenticate(transaction) {
      handle.resolve(transaction.handle);
      return later();
    },
  });
  const server = await serving(express().use('/ciba', ciba).use('/token', cibaToken({ authlete })));
  const post = (path: string, form: string) =>
    request(server).post(path).set('Authorization', basic).type('form').send(form);
  const { auth_req_id, expires_in } = (await post('/ciba', good)).body;
  const given = await handle.promise;
  const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + expires_in * 1000);
  try {
    const poll = `grant_type=urn:openid:params:grant-type:ciba&auth_req_id=${auth_req_id}`;
    expect((await post('/token', poll)).body.error).toBe('expired_token');
    await expect(ciba.complete(given, authorized())).rejects.toMatchObject({ code: 'ERR_HANDLE_EXPIRED' });
  } finally {
    now.mockRestore();
  }
});

describe.each(reaches)('%s', (_way, reach) => {
  describe.each([
    ['before any parser', []],
    ['after the extended parser', [express.urlencoded({ extended: true })]],
    ['after the other parser', [express.urlencoded({ extended: false })]],
  ])('on the embedded engine, %s', (_, parsers) => {
    it.each([
      ['a repeated parameter', `${good}&scope=openid`, 400, 'invalid_request'],
      ['a repeated hint', `${good}&login_hint=alice`, 400, 'invalid_request'],
      ['two hints', `${good}&id_token_hint=x`, 400, 'invalid_request'],
      ['no scope', 'login_hint=alice', 400, 'invalid_request'],
      ['a scope without openid', 'scope=email&login_hint=alice', 400, 'invalid_scope'],
      ['a percent sequence that does not decode', `${good}&requested_expiry=%zz`, 400, 'invalid_request'],
    ])('refuses %s', async (_, form, status, error) => {
      const { post } = await provider(reach, parsers);
      expect(expectAnswer(await post(form), status)).toMatchObject({ error });
    });

    it('takes repeated resources, and credentials that are percent-encoded', async () => {
      const { post } = await provider(reach, parsers);
      const resources = 'resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example';
      expect(expectAnswer(await post(`${good}&${resources}`), 200)).toEqual({
        auth_req_id: expect.any(String),
        expires_in: 120,
        interval: 5,
      });
    });

    it('challenges a client whose secret is wrong, at both endpoints', async () => {
      const { post } = await provider(reach, parsers);
      for (const path of ['/ciba', '/token']) {
        const answer = await post(good, path, `Basic ${btoa('teller-1.a:wrong')}`);
        expect(expectAnswer(answer, 401)).toMatchObject({ error: 'invalid_client' });
        expect(answer.headers['www-authenticate']).toBe('Basic realm="CIBA"');
      }
    });

    it('gives tokens for what the user has approved', async () => {
      const { ciba, post } = await provider(reach, parsers, { authenticate: () => authorized() });
      const { auth_req_id: id } = expectAnswer(await post(good), 200);
      await ciba.close();
      const grant = `grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=${id}`;
      expect(expectAnswer(await post(grant, '/token'), 200)).toMatchObject({ token_type: 'Bearer' });
      expect(expectAnswer(await post(grant, '/token'), 400)).toMatchObject({ error: 'invalid_grant' });
    });
  });

  describe('no ticket is left at the engine', () => {
    it.each([
      ['a refusal', { policy: () => reject('ACCESS_DENIED') }, 403],
      ['a policy that fails', { policy: () => false }, 500],
      ['an unknown user', { identifyUser: () => null }, 400],
      ['a hook that is too slow', { identifyUser: () => never, timeout: 100 }, 500],
    ])('after %s', async (_, options, status) => {
      const { ciba, post, actionOfIssue } = await provider(reach, [], options);
      expectAnswer(await post(good), status);
      await ciba.close();
      expect(await actionOfIssue()).toBe('INVALID_TICKET');
    });

    it('a client that left leaves none', async () => {
      const running = deferred();
      const { ciba, server, actionOfIssue } = await provider(reach, [], {
        identifyUser: () => {
          running.resolve();
          return never;
        },
      });
      const raw = await rawClient(server.port);
      raw.write(rawPost(good, { Authorization: basic }).replace('/ ', '/ciba '));
      await running.promise;
      raw.leave();
      await ciba.close({ timeout: 60_000 });
      expect(await actionOfIssue()).toBe('INVALID_TICKET');
    });
  });
});
