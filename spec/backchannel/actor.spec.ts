import { describe, expect, it } from '@jest/globals';
import {
  type Actor,
  type AuthleteApi,
  authorized,
  type BackchannelAuthenticationCompleteRequest,
  type CibaEvent,
  cibaBackchannel,
  cibaCompletion,
  cibaToken,
  type Decision,
  denied,
  later,
  type Transaction,
} from 'ciba-backchannel';
import { type EmbeddedAuthleteOptions, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { verifyActorToken } from 'ciba-backchannel/hints';
import { protect } from 'ciba-backchannel/resource';
import express from 'express';
import { decodeJwt, exportJWK, SignJWT } from 'jose';
import request from 'supertest';
import { forge, makeIssuer } from '../hints/issuer.js';
import { deferred } from '../support/deferred.js';
import { type Reach, reaches } from '../support/engine-over-http.js';
import { keyPair } from '../support/key-pairs.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';

const issuer = 'https://as.example.com';
const handleKeys = ['the handles of a spec, which nobody else opens'];
const agents = await makeIssuer('https://agents.example.net', issuer);
const { publicKey, privateKey } = await keyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'travel', alg: 'ES256', use: 'sig' }] };

const actor = { sub: 'trip-planner', iss: agents.issuer, name: 'Trip planner' };
const act = { sub: 'trip-planner', iss: agents.issuer };
const token = () => agents.sign({ sub: actor.sub, name: actor.name });

/** A server whose users are asked by what `identifyUser` verified; the decision comes from another process. */
async function server(options: Partial<EmbeddedAuthleteOptions> = {}, reach: Reach = async (engine) => engine) {
  const engine = await embeddedAuthlete({
    issuer,
    ...options,
    clients: [
      { client_id: 'travel', client_secret: 'secret', backchannel_token_delivery_mode: 'poll' },
      {
        client_id: 'signing',
        client_secret: 'secret',
        backchannel_token_delivery_mode: 'poll',
        backchannel_authentication_request_signing_alg: 'ES256',
        jwks,
      },
    ],
  });
  const told: BackchannelAuthenticationCompleteRequest[] = [];
  const reached = await reach(engine);
  const authlete: AuthleteApi = {
    ...reached,
    backchannelAuthenticationComplete(given, options) {
      told.push(given);
      return reached.backchannelAuthenticationComplete(given, options);
    },
  };
  const asked = deferred<Transaction>();
  const events: CibaEvent[] = [];
  const onEvent = (event: CibaEvent) => void events.push(event);
  const logger = recordingLogger();
  const ciba = cibaBackchannel({
    authlete,
    async identifyUser({ hint }, { parameter }) {
      const issuers = { [agents.issuer]: { jwks: agents.jwks } };
      const { actor } = await verifyActorToken(parameter('actor_token'), { audience: issuer, issuers });
      return { subject: hint, actor };
    },
    authenticate: (transaction) => {
      asked.resolve(transaction);
      return later();
    },
    handleKeys,
    onEvent,
    logger,
  });
  const completion = cibaCompletion({ authlete, handleKeys, onEvent, logger });
  const app = express();
  app.use('/ciba', ciba);
  app.use('/token', cibaToken({ authlete, logger }));
  app.get('/api', protect({ authlete, logger }), (req, res) => void res.json((req as { token?: unknown }).token));
  const http = await serving(app);

  return {
    http,
    told,
    events,
    asked: asked.promise,
    ask: (form: string, client = 'travel') => request(http).post('/ciba').auth(client, 'secret').send(form),
    decide: async (decision: Decision) => completion.complete((await asked.promise).handle, decision),
    async tokens(authReqId: string, client = 'travel') {
      const grant = { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: authReqId };
      return (await request(http).post('/token').auth(client, 'secret').type('form').send(grant)).body;
    },
  };
}

const form = async (actorToken?: string) =>
  new URLSearchParams({
    scope: 'openid',
    login_hint: 'alice',
    binding_message: 'TRIP-4711',
    actor_token: actorToken ?? (await token()),
  }).toString();

describe.each(reaches)('An agent that acts for a user, %s', (_, reach) => {
  it.each(['opaque', 'jwt'] as const)(
    'is in the transaction, the events and the %s token',
    async (accessTokenFormat) => {
      const { http, ask, asked, decide, tokens, events, told } = await server({ accessTokenFormat }, reach);
      const { status, body } = await ask(await form());
      expect(status).toBe(200);
      expect((await asked).actor).toEqual(actor);
      await decide(authorized({ jwtAtClaims: { tenant: 7 }, properties: [{ key: 'tenant', value: '7' }] }));
      expect(told).toMatchObject([
        {
          jwtAtClaims: JSON.stringify({ tenant: 7, act }),
          properties: [
            { key: 'tenant', value: '7' },
            { key: 'act', value: JSON.stringify(act), hidden: true },
          ],
        },
      ]);
      const { access_token: accessToken, ...others } = await tokens(body.auth_req_id);
      expect(others).not.toHaveProperty('act');
      if (accessTokenFormat === 'jwt') expect(decodeJwt(accessToken)).toMatchObject({ act, tenant: 7 });
      const { body: seen } = await request(http).get('/api').auth(accessToken, { type: 'bearer' });
      expect(seen).toMatchObject({ subject: 'alice', clientIdAlias: 'travel', act });
      expect(events).toMatchObject([
        { type: 'issued', subject: 'alice', actor },
        { type: 'completed', result: 'AUTHORIZED', actor },
      ]);
    },
  );
});

describe('An agent that acts for a user', () => {
  it('is read from a signed request, and not from beside it', async () => {
    const { ask, asked } = await server();
    const parameters = { scope: 'openid', login_hint: 'alice', actor_token: await token() };
    const signed = await new SignJWT({ ...parameters, jti: 'jti-1' })
      .setProtectedHeader({ alg: 'ES256', kid: 'travel' })
      .setIssuer('signing')
      .setAudience(issuer)
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime('5m')
      .sign(privateKey);
    expect((await ask(`request=${signed}`, 'signing')).status).toBe(200);
    expect((await asked).actor).toEqual(actor);
  });

  it('keeps what the host says of it besides, and names nobody else', async () => {
    const { ask, decide, told } = await server();
    await ask(await form());
    const chain = { sub: 'somebody else', act: { sub: 'orchestrator' } };
    await decide(authorized({ jwtAtClaims: { act: chain }, properties: [{ key: 'act', value: 'forged' }] }));
    const claim = { ...act, act: { sub: 'orchestrator' } };
    expect(JSON.parse(String(told[0]?.jwtAtClaims))).toEqual({ act: claim });
    expect(told[0]?.properties).toEqual([{ key: 'act', value: expect.any(String), hidden: true }]);
    expect(JSON.parse(String(told[0]?.properties?.[0]?.value))).toEqual(claim);
  });

  it('is not sent with a denial', async () => {
    const { ask, decide, told } = await server();
    await ask(await form());
    await decide(denied());
    expect(Object.keys(told[0] ?? {}).sort()).toEqual(['result', 'subject', 'ticket']);
  });

  it.each<[string, () => Promise<string>]>([
    ['for another audience', () => agents.sign({ aud: 'https://other.example.com' })],
    ['of another issuer', () => agents.sign({ iss: 'https://evil.example' })],
    ['that has expired', () => agents.sign({ exp: 1 })],
    ['of another typ', () => agents.sign({}, { typ: 'dpop+jwt' })],
    ['with alg none', async () => forge({ alg: 'none' }, { iss: agents.issuer, aud: issuer, sub: 'x' })],
    ['of more than 8 kB', () => agents.sign({ claim: 'x'.repeat(8192) })],
    ['that is empty', async () => ''],
    ['whose name turns text around', () => agents.sign({ sub: 'x', name: 'Trip\u202Eplanner' })],
    ['whose name has a line break', () => agents.sign({ sub: 'x', name: 'Trip\nplanner' })],
    ['whose name piles up marks', () => agents.sign({ sub: 'x', name: `Tri${'\u0301'.repeat(9)}p` })],
    ['whose name nobody sees', () => agents.sign({ sub: 'x', name: ' ' })],
    ['whose name is too long', () => agents.sign({ sub: 'x', name: 'T'.repeat(101) })],
    ['whose sub is too long', () => agents.sign({ sub: 'x'.repeat(256) })],
  ])('is refused by a token %s', async (_, bad) => {
    const { ask, events } = await server();
    const { status, body } = await ask(await form(await bad()));
    expect({ status, error: body.error }).toEqual({ status: 403, error: 'access_denied' });
    expect(body.error_description).toMatch(/^the .*actor/);
    expect(events).toMatchObject([{ type: 'refused', reason: 'ACCESS_DENIED' }]);
  });

  it('is refused when it sends two tokens', async () => {
    const { ask } = await server();
    const { status, body } = await ask(`${await form()}&actor_token=${await token()}`);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_request' });
  });

  it.each<[unknown]>([['trip-planner'], [{}], [{ sub: '' }], [{ sub: 7 }], [{ sub: 'x', nmae: 'Trip planner' }], [[]]])(
    'is a mistake of the host’s as %j, and nobody is asked',
    async (wrong) => {
      const logger = recordingLogger();
      const ciba = cibaBackchannel({
        authlete: await embeddedAuthlete({
          issuer,
          clients: [{ client_id: 'travel', client_secret: 'secret', backchannel_token_delivery_mode: 'poll' }],
        }),
        identifyUser: () => ({ subject: 'alice', actor: wrong as Actor }),
        authenticate: () => later(),
        logger,
      });
      const answer = await request(await serving(ciba))
        .post('/')
        .auth('travel', 'secret')
        .send(await form());
      expect(answer.status).toBe(500);
      expect(logger.text()).toContain('actor');
    },
  );
});

// As WSO2's documentation shows it for its server: a form, Basic, the agent's own access token.
it('takes the request of WSO2’s agents as it is', async () => {
  const { http, asked } = await server();
  const agentsToken = await agents.sign({ sub: actor.sub, aut: 'AGENT' }, { typ: 'at+jwt' });
  const { status, body } = await request(http)
    .post('/ciba')
    .set('Authorization', `Basic ${Buffer.from('travel:secret').toString('base64')}`)
    .set('Content-Type', 'application/x-www-form-urlencoded')
    .send(`scope=openid%20profile&login_hint=alice&binding_message=Approve%20the%20trade&actor_token=${agentsToken}`);
  expect({ status, body }).toEqual({
    status: 200,
    body: { auth_req_id: expect.any(String), expires_in: expect.any(Number), interval: expect.any(Number) },
  });
  expect((await asked).actor).toEqual(act);
});
