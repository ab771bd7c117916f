import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  authleteRouter,
  type EmbeddedAuthlete,
  type EmbeddedAuthleteOptions,
  embeddedAuthlete,
} from '../embedded/index.js';
import { sample } from './sample.js';
import { UsageError } from './usage-error.js';

/**
 * Starts the engine over HTTP.
 *
 * @returns a text for people: how to call it
 * @throws UsageError when the file or the environment cannot be used, or the port is taken
 */
export async function serveAuthlete(file: string | undefined, port: number, env: NodeJS.ProcessEnv): Promise<string> {
  const options = await readOptions(file, env);
  const authlete = await engine(options);
  const serviceId = env.SERVICE_ID ?? '1';
  const accessToken = env.ACCESS_TOKEN ?? randomBytes(16).toString('hex');
  const apiKey = env.API_KEY ?? serviceId;
  const apiSecret = env.API_SECRET ?? accessToken;

  const version3 = authleteRouter(authlete, { serviceId, accessToken });
  const version2 = authleteRouter(authlete, { apiKey, apiSecret });
  const listening = await listen(port, (req, res) => {
    if (req.url !== '/') return version3(req, res, () => version2(req, res));
    res.setHeader('Content-Type', 'text/plain; charset=utf-8');
    res.end("An Authlete for tests: its API is under /api/. See ciba-backchannel's page on the embedded engine.\n");
  });

  const baseUrl = `http://127.0.0.1:${listening}`;
  const [client] = options.clients;
  return `An Authlete for tests, in memory only. Stop it with Ctrl-C.

base URL      ${baseUrl}
3.0           service id ${serviceId}, access token ${accessToken}
2.x           API key ${apiKey}, API secret ${apiSecret}
issuer        ${options.issuer}

clients
${options.clients.map(describe).join('\n')}

In your server:

  const authlete = authleteClient({ baseUrl: '${baseUrl}', serviceId: '${serviceId}', accessToken: '${accessToken}' });

Or by hand:

curl -s ${baseUrl}/api/${serviceId}/backchannel/authentication \\
  -H 'Authorization: Bearer ${accessToken}' -H 'Content-Type: application/json' \\
  -d '{"clientId":"${client?.client_id}","clientSecret":"${client?.client_secret}","parameters":"scope=openid&login_hint=alice"}'
`;
}

async function readOptions(
  file: string | undefined,
  { ISSUER, CLIENTS }: NodeJS.ProcessEnv,
): Promise<EmbeddedAuthleteOptions> {
  const options = file === undefined ? sample : parse(await read(file), file);
  return {
    ...options,
    ...(ISSUER && { issuer: ISSUER }),
    ...(CLIENTS && { clients: parse(CLIENTS, 'CLIENTS') }),
  };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function parse(text: string, name: string) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${(error as Error).message}`);
  }
}

async function engine(options: EmbeddedAuthleteOptions): Promise<EmbeddedAuthlete> {
  try {
    return await embeddedAuthlete(options);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`The options cannot be used: ${error.message}`);
    throw error;
  }
}

/** @returns the port */
function listen(port: number, listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(isTaken ? new UsageError(`Port ${port} is taken. Try another one: --port ${port + 1}`) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

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
