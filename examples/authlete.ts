// npm run authlete: the embedded engine behind Authlete's HTTP APIs, 3.0 and 2.x, for integration tests in any language.
//
// The options of the engine come from a JSON file: authlete.sample.json beside this one, or `npm run authlete -- my.json`.
// In the environment, ISSUER and CLIENTS (a JSON array) go before what is in the file; PORT, SERVICE_ID, ACCESS_TOKEN,
// API_KEY and API_SECRET may be set there, too.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authleteRouter, type EmbeddedAuthleteOptions, embeddedAuthlete } from 'ciba-backchannel/embedded';

const { env, argv } = process;
const sample = new URL('authlete.sample.json', import.meta.url);

const options: EmbeddedAuthleteOptions = JSON.parse(await readFile(argv[2] ?? sample, 'utf8'));
if (env.ISSUER) options.issuer = env.ISSUER;
if (env.CLIENTS) options.clients = JSON.parse(env.CLIENTS);
const authlete = await embeddedAuthlete(options);

const serviceId = env.SERVICE_ID ?? '1';
const accessToken = env.ACCESS_TOKEN ?? randomBytes(16).toString('hex');
const apiKey = env.API_KEY ?? serviceId;
const apiSecret = env.API_SECRET ?? accessToken;

const version3 = authleteRouter(authlete, { serviceId, accessToken });
const version2 = authleteRouter(authlete, { apiKey, apiSecret });
const server = createServer((req, res) => {
  if (req.url !== '/') return version3(req, res, () => version2(req, res));
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.end(`An Authlete for tests: its APIs are under /api/. See docs/embedded-engine.md.\n`);
});
server.listen(Number(env.PORT ?? 0), '127.0.0.1', () => {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [client] = options.clients;
  console.log(`An Authlete for tests, in memory only. Stop it with Ctrl-C.

base URL      ${baseUrl}
3.0           service id ${serviceId}, access token ${accessToken}
2.x           API key ${apiKey}, API secret ${apiSecret}
issuer        ${options.issuer}

clients
${options.clients.map(describe).join('\n')}

Try it:

curl -s ${baseUrl}/api/${serviceId}/backchannel/authentication \\
  -H 'Authorization: Bearer ${accessToken}' -H 'Content-Type: application/json' \\
  -d '{"clientId":"${client?.client_id}","clientSecret":"${client?.client_secret}","parameters":"scope=openid&login_hint=alice"}'
`);
});

function describe(client: EmbeddedAuthleteOptions['clients'][number]): string {
  const {
    client_id: id,
    client_secret: secret = 'none',
    token_endpoint_auth_method: method = 'client_secret_basic',
    backchannel_token_delivery_mode: mode = 'no CIBA',
    backchannel_client_notification_endpoint: endpoint,
  } = client;
  const notified = endpoint === undefined ? '' : `, notified at ${endpoint}`;
  return `  ${id}: ${method}, secret ${secret}, ${mode}${notified}`;
}
