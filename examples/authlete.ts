// npm run authlete: the embedded engine behind Authlete's HTTP API, for integration tests in any language.
//
// PORT, SERVICE_ID and ACCESS_TOKEN may be set in the environment.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';

const serviceId = process.env.SERVICE_ID ?? '1';
const accessToken = process.env.ACCESS_TOKEN ?? randomBytes(16).toString('hex');

const authlete = await embeddedAuthlete({
  issuer: 'https://as.example.com',
  clients: [
    {
      client_id: 'teller',
      client_secret: 'teller-secret',
      client_name: 'Bank teller',
      backchannel_token_delivery_mode: 'poll',
    },
    {
      client_id: 'branch',
      client_secret: 'branch-secret',
      client_name: 'Bank branch',
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: 'https://branch.example.com/notifications',
    },
    {
      client_id: 'kiosk',
      client_secret: 'kiosk-secret',
      client_name: 'Bank kiosk',
      backchannel_token_delivery_mode: 'push',
      backchannel_client_notification_endpoint: 'https://kiosk.example.com/notifications',
    },
  ],
});

const server = createServer(authleteRouter(authlete, { serviceId, accessToken }));
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(`An Authlete for tests, in memory only. Stop it with Ctrl-C.

base URL      ${baseUrl}
service id    ${serviceId}
access token  ${accessToken}
clients       teller (poll), branch (ping), kiosk (push); the secret of teller is teller-secret, and so on

Try it:

curl -s ${baseUrl}/api/${serviceId}/backchannel/authentication \\
  -H 'Authorization: Bearer ${accessToken}' -H 'Content-Type: application/json' \\
  -d '{"clientId":"teller","clientSecret":"teller-secret","parameters":"scope=openid&login_hint=alice"}'
`);
});
