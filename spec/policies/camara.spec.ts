import { beforeAll, describe, expect, it } from '@jest/globals';
import type { AuthenticationRequest, AuthleteApi } from 'ciba-backchannel';
import { bindingMessage, camara, clients } from 'ciba-backchannel/policies';
import { type Answer, endpoint, type Form } from './endpoint.js';

const scopes = ['openid', 'sim-swap:check', 'dpv:FraudPreventionAndDetection', 'dpv:Marketing', 'dpv:'];
const valid = { login_hint: 'tel:+34666666666', scope: 'openid sim-swap:check dpv:FraudPreventionAndDetection' };

describe('camara', () => {
  let send: (form: Form, client?: string) => Promise<Answer>;
  beforeAll(async () => {
    send = await endpoint({
      policy: camara(),
      scopes,
      clients: [
        { client_id: 'pinged', backchannel_token_delivery_mode: 'ping' },
        { client_id: 'pushed', backchannel_token_delivery_mode: 'push' },
      ],
    });
  });

  it.each([
    'tel:+34666666666',
    'ipport:80.90.34.2:16790',
    'ipport:80.90.34.2',
    'ipport:[2001:db8::1]:8080',
    'ipport:[2001:db8::1]',
    'operatortoken:eyJ.x',
  ])('lets a request with %s and one purpose pass', async (hint) => {
    expect(await send({ ...valid, login_hint: hint })).toEqual({ status: 200 });
  });

  it.each(['pinged', 'pushed'])('refuses a client that is %s', async (client) => {
    expect(await send({ ...valid, client_notification_token: 'token' }, client)).toEqual({
      status: 400,
      error: 'unauthorized_client',
      description: 'only poll mode is allowed',
    });
  });

  it.each([
    [{ login_hint: 'alice' }],
    [{ login_hint: 'alice@example.com' }],
    [{ login_hint: 'tel:666666666' }],
    [{ login_hint: 'tel:+34 666 666 666' }],
    [{ login_hint: 'ipport:80.90.34.256' }],
    [{ login_hint: 'ipport:2001:db8::1' }],
    [{ login_hint: 'operatortoken:' }],
    [{ login_hint_token: 'tel:+34666666666' }],
    [{ id_token_hint: 'tel:+34666666666' }],
  ])('refuses the hint %j', async (hint) => {
    const { login_hint: _, ...rest } = valid;
    expect(await send({ ...rest, ...hint } as Form)).toMatchObject({ status: 400, error: 'unknown_user_id' });
  });

  it.each([
    ['no purpose', 'openid sim-swap:check'],
    ['a purpose that is not registered, which the engine drops', 'openid dpv:Unheard'],
    ['two purposes', 'openid dpv:FraudPreventionAndDetection dpv:Marketing'],
    ['an empty purpose', 'openid dpv:'],
  ])('refuses %s', async (_, scope) => {
    expect(await send({ ...valid, scope })).toEqual({
      status: 403,
      error: 'access_denied',
      description: 'scope must have exactly one purpose, dpv:<purpose>',
    });
  });

  it('counts purposes in dynamic scopes too', async () => {
    const withDynamicScopes = (values: string[]) => (authlete: AuthleteApi) => ({
      ...authlete,
      backchannelAuthentication: async (request: Parameters<AuthleteApi['backchannelAuthentication']>[0]) => ({
        ...(await authlete.backchannelAuthentication(request)),
        dynamicScopes: values.map((value) => ({ name: 'dpv', value })),
      }),
    });
    const statusOf = async (scope: string, values: string[]) => {
      const request = await endpoint({ policy: camara(), scopes, engine: withDynamicScopes(values) });
      return (await request({ ...valid, scope })).status;
    };
    expect(await statusOf('openid', ['dpv:FraudPreventionAndDetection'])).toBe(200);
    expect(await statusOf('openid dpv:Marketing', ['dpv:FraudPreventionAndDetection'])).toBe(403);
    expect(await statusOf('openid', ['dpv:FraudPreventionAndDetection', 'dpv:Marketing'])).toBe(403);
    expect(await statusOf('openid dpv:Marketing', ['consent:1'])).toBe(200);
  });

  it('ignores what the profile ignores: the hooks after it do not see it', async () => {
    const seen: AuthenticationRequest[] = [];
    const request = await endpoint({
      policy: [camara(), bindingMessage({ maxLength: 4 }), (seenRequest) => void seen.push(seenRequest)],
      scopes,
      engine: (authlete) => ({
        ...authlete,
        backchannelAuthentication: async (call) => ({
          ...(await authlete.backchannelAuthentication(call)),
          acrs: ['urn:example:loa:2'],
        }),
      }),
    });
    const ignored = { binding_message: 'too long to be shown', user_code: '1234', requested_expiry: '10' };
    expect(await request({ ...valid, ...ignored })).toEqual({ status: 200 });
    expect(seen).toHaveLength(1);
    for (const name of ['bindingMessage', 'userCode', 'requestedExpiry', 'acrs'])
      expect(seen[0]).not.toHaveProperty(name);
  });

  it('combines with other policies', async () => {
    const request = await endpoint({ policy: [camara(), clients({ deny: ['teller'] })], scopes });
    expect(await request(valid)).toMatchObject({ error: 'unauthorized_client' });
    expect(await request({ ...valid, login_hint: 'alice' })).toMatchObject({ error: 'unknown_user_id' });
  });
});
