import { describe, expect, it } from '@jest/globals';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { cibaGrantType, content } from './engine.js';

const consent = { name: 'consent', attributes: [{ key: 'regex', value: 'consent:[\\w-]{1,40}' }] };
const credentials = { clientId: 'bank', clientSecret: 'secret' };

function engine(scope?: string) {
  return embeddedAuthlete({
    issuer: 'https://as.example.com',
    scopes: ['openid', 'offline_access', consent],
    clients: [{ client_id: 'bank', client_secret: 'secret', backchannel_token_delivery_mode: 'poll', scope }],
  });
}

describe('a parameterised scope', () => {
  it('reaches the server as a dynamic scope, and is granted with its parameter, even after a refresh', async () => {
    const authlete = await engine();
    const parameters = 'login_hint=alice&scope=openid+offline_access+consent:42';
    const { ticket, scopes, dynamicScopes } = await authlete.backchannelAuthentication({ parameters, ...credentials });
    expect(dynamicScopes).toEqual([{ name: 'consent', value: 'consent:42' }]);
    expect(scopes?.map(({ name }) => name)).toEqual(['openid', 'offline_access']);
    const { authReqId } = await authlete.backchannelAuthenticationIssue({ ticket: ticket ?? '' });
    await authlete.backchannelAuthenticationComplete({ ticket: ticket ?? '', result: 'AUTHORIZED', subject: 'alice' });
    const asked = new URLSearchParams({ grant_type: cibaGrantType, auth_req_id: authReqId ?? '' });
    const given = content(await authlete.token({ parameters: asked.toString(), ...credentials }));
    expect(given.scope).toBe('openid offline_access consent:42');
    const refresh = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(given.refresh_token) });
    const again = content(await authlete.token({ parameters: refresh.toString(), ...credentials }));
    expect(again.scope).toBe('openid offline_access consent:42');
  });

  it('is dropped when it does not match as a whole, or when the client may not have it', async () => {
    const ask = async (scope: string | undefined, requested: string) => {
      const parameters = new URLSearchParams({ login_hint: 'alice', scope: `openid ${requested}` }).toString();
      return (await (await engine(scope)).backchannelAuthentication({ parameters, ...credentials })).dynamicScopes;
    };
    expect(await ask(undefined, 'consent:4 xconsent:2 consent:')).toEqual([{ name: 'consent', value: 'consent:4' }]);
    expect(await ask('openid', 'consent:4')).toBeUndefined();
    expect(await ask('openid consent', 'consent:4')).toHaveLength(1);
  });

  it('must have a valid regular expression', async () => {
    const scopes = [{ name: 'consent', attributes: [{ key: 'regex', value: '(' }] }];
    await expect(embeddedAuthlete({ issuer: 'https://as.example.com', clients: [], scopes })).rejects.toThrow(
      /consent/,
    );
  });
});
