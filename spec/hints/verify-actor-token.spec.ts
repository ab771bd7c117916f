import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ActorTokenOptions, verifyActorToken } from 'ciba-backchannel/hints';
import { exportSPKI } from 'jose';
import { forge, type Issuer, makeIssuer, now } from './issuer.js';

const audience = 'https://as.example.com';

let agents: Issuer;
let others: Issuer;
let options: ActorTokenOptions;
beforeAll(async () => {
  agents = await makeIssuer('https://agents.example.net', audience);
  others = await makeIssuer('https://others.example.org', audience);
  options = {
    audience,
    issuers: { [agents.issuer]: { jwks: agents.jwks }, [others.issuer]: { jwks: others.jwks } },
  };
});

describe('verifyActorToken', () => {
  it('names the agent, its issuer, and what people call it', async () => {
    const token = await agents.sign({ sub: 'trip-planner', name: 'Trip planner', aut: 'AGENT' });
    expect(await verifyActorToken(token, options)).toEqual({
      actor: { sub: 'trip-planner', iss: agents.issuer, name: 'Trip planner' },
      claims: expect.objectContaining({ aut: 'AGENT' }),
    });
  });

  it.each([undefined, '', 7, ['x']])('leaves out a name that is %j', async (name) => {
    const { actor } = await verifyActorToken(await agents.sign({ sub: 'trip-planner', name }), options);
    expect(actor).toEqual({ sub: 'trip-planner', iss: agents.issuer });
  });

  it.each(['JWT', 'at+jwt', 'application/at+jwt'])('takes the typ %s', async (typ) => {
    await expect(verifyActorToken(await agents.sign({}, { typ }), options)).resolves.toBeDefined();
  });

  it.each<[string, () => string | Promise<string> | undefined, string]>([
    ['no token', () => undefined, 'is missing'],
    ['an empty one', () => '', 'is missing'],
    ['an expired one', () => agents.sign({ iat: now() - 600, exp: now() - 1 }), 'has expired'],
    ['one without exp', () => agents.sign({ exp: undefined }), 'has no exp'],
    ['one that is not valid yet', () => agents.sign({ nbf: now() + 120 }), 'has an nbf in the future'],
    ['one for another audience', () => agents.sign({ aud: 'https://other.example.com' }), 'has a wrong aud'],
    ['one without audience', () => agents.sign({ aud: undefined }), 'has a wrong aud'],
    ['an unknown issuer', () => agents.sign({ iss: 'https://evil.example' }), 'has an unknown issuer'],
    ['an issuer of the prototype', () => agents.sign({ iss: 'constructor' }), 'has an unknown issuer'],
    ['no issuer', () => agents.sign({ iss: undefined }), 'has no issuer'],
    ['one issuer speaking for another', () => others.sign({ iss: agents.issuer }), 'has a wrong signature'],
    ['nobody', () => agents.sign({ sub: undefined }), 'has no sub'],
    ['an empty sub', () => agents.sign({ sub: '' }), 'has a wrong sub'],
    ['a DPoP proof', () => agents.sign({}, { typ: 'dpop+jwt' }), 'has a wrong typ'],
    ['a logout token', () => agents.sign({}, { typ: 'logout+jwt' }), 'has a wrong typ'],
    ['a request object', () => agents.sign({}, { typ: 'oauth-authz-req+jwt' }), 'has a wrong typ'],
    ['alg none', () => forge({ alg: 'none' }, { iss: agents.issuer, aud: audience, sub: 'x', exp: now() + 60 }), 'is'],
    [
      'HS256 with the public key',
      async () => agents.sign({}, { alg: 'HS256' }, Buffer.from(await exportSPKI(agents.publicKey))),
      'is signed with an algorithm that is not allowed',
    ],
    ['a text', () => 'trip-planner', 'is not a JWT'],
    ['one of more than 8 kB', () => agents.sign({ claim: 'x'.repeat(8192) }), 'is too long'],
  ])('refuses %s', async (_, token, why) => {
    await expect(verifyActorToken(await token(), options)).rejects.toMatchObject({
      name: 'Rejection',
      reason: 'ACCESS_DENIED',
      description: expect.stringContaining(`the actor token ${why}`),
    });
  });

  it.each<[object, string]>([
    [{ issuers: undefined }, 'issuers'],
    [{ audience: undefined }, 'audience'],
    [{ issuers: { 'https://agents.example.net': {} } }, 'jwks'],
  ])('checks its options: %j', async (wrong, name) => {
    const error = verifyActorToken(await agents.sign(), { ...options, ...wrong });
    await expect(error).rejects.toMatchObject({ name: 'TypeError', message: expect.stringContaining(name) });
  });
});
