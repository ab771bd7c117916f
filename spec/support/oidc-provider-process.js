// node-oidc-provider, whose user approves: in a process of its own, since it does not run inside Jest.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { MODE = 'poll', NOTIFICATIONS = '' } = process.env;
const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: 'agent',
        client_secret: 'the-secret-of-the-client',
        grant_types: ['urn:openid:params:grant-type:ciba'],
        redirect_uris: [],
        response_types: [],
        backchannel_token_delivery_mode: MODE,
        ...(MODE === 'ping' && { backchannel_client_notification_endpoint: 'https://client.example/ping' }),
      },
    ],
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    cookies: { keys: ['a key of the cookies'] },
    // It takes https and public addresses only; this is the one place that it sends to.
    fetch: (_, options) => fetch(NOTIFICATIONS, { ...options, dispatcher: undefined }),
    features: {
      devInteractions: { enabled: false },
      ciba: {
        enabled: true,
        deliveryModes: ['poll', 'ping'],
        processLoginHint: (_, hint) => hint,
        validateBindingMessage() {},
        validateRequestContext() {},
        verifyUserCode() {},
        async triggerAuthenticationDevice(_, request) {
          const { accountId, clientId, scope } = request;
          const grant = new oidc.Grant({ accountId, clientId });
          grant.addOIDCScope(scope);
          const id = await grant.save();
          setTimeout(() => oidc.backchannelResult(request, id), 500);
        },
      },
    },
  });
  server.on('request', oidc.callback());
  process.stdout.write(`${issuer}\n`);
});
