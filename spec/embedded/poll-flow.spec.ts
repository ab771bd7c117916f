import { describe, expect, it } from '@jest/globals';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { createLocalJWKSet, jwtVerify } from 'jose';

const grantType = 'urn:openid:params:grant-type:ciba';

describe('the embedded engine in poll mode', () => {
  it('gives tokens for a request that the user approved', async () => {
    const authlete = await embeddedAuthlete({
      issuer: 'https://as.example.com',
      clients: [{ client_id: 'teller', client_secret: 'secret', backchannel_token_delivery_mode: 'poll' }],
    });
    const credentials = { clientId: 'teller', clientSecret: 'secret' };
    const judged = await authlete.backchannelAuthentication({
      ...credentials,
      parameters: 'scope=openid+email+offline_access&login_hint=alice&binding_message=W4-7',
    });
    expect(judged.action).toBe('USER_IDENTIFICATION');
    const ticket = judged.ticket ?? '';
    const issued = await authlete.backchannelAuthenticationIssue({ ticket });
    const { auth_req_id: authReqId } = JSON.parse(issued.responseContent ?? '');
    const parameters = new URLSearchParams({ grant_type: grantType, auth_req_id: authReqId }).toString();

    const pending = await authlete.token({ ...credentials, parameters });
    expect(JSON.parse(pending.responseContent ?? '')).toMatchObject({ error: 'authorization_pending' });

    const claims = JSON.stringify({ email: 'alice@example.com' });
    const completed = await authlete.backchannelAuthenticationComplete({
      ticket,
      result: 'AUTHORIZED',
      subject: 'alice',
      claims,
    });
    expect(completed.action).toBe('NO_ACTION');

    const given = await authlete.token({ ...credentials, parameters });
    expect(given.action).toBe('OK');
    const keys = createLocalJWKSet(await authlete.jwks());
    const { payload } = await jwtVerify(given.idToken ?? '', keys, {
      issuer: 'https://as.example.com',
      audience: 'teller',
    });
    expect(payload).toMatchObject({ sub: 'alice', email: 'alice@example.com' });

    const used = await authlete.token({ ...credentials, parameters });
    expect(JSON.parse(used.responseContent ?? '')).toMatchObject({ error: 'invalid_grant' });
  });
});
