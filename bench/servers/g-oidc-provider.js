// (g) oidc-provider's backchannel authentication endpoint, its state in memory.

import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { served } from '../served.js';
import { sendToPhone } from './phone.js';

const { privateKey } = await generateKeyPair('ES256', { extractable: true });

const provider = new Provider('https://as.example.com', {
  clients: [
    {
      client_id: 'teller',
      client_secret: 'secret-of-the-teller',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['urn:openid:params:grant-type:ciba'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: 'ES256',
      backchannel_token_delivery_mode: 'poll',
    },
  ],
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: '1' }] },
  cookies: { keys: ['a key for cookies, which nobody gets here'] },
  routes: { backchannel_authentication: '/backchannel/authentication' },
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  features: {
    devInteractions: { enabled: false },
    ciba: {
      enabled: true,
      deliveryModes: ['poll'],
      processLoginHint: (_, hint) => (hint === 'alice' ? 'user-1' : undefined),
      processLoginHintToken: () => undefined,
      validateBindingMessage: () => {},
      validateRequestContext: () => {},
      verifyUserCode: () => {},
      // The request, which `backchannelResult` will complete by this id, is in the provider's own store.
      triggerAuthenticationDevice: process.env.HOOK === 'none' ? () => {} : (_, request) => sendToPhone(request.jti),
    },
  },
});

served(createServer(provider.callback()));
