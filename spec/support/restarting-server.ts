/*
 * A server of CIBA in a process that a spec stops as a deployment does. It says its port, and the handle of each transaction;
 * at SIGTERM it closes in the order of docs/shutdown.md.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authleteClient, cibaBackchannel, cibaToken, later } from 'ciba-backchannel';
import express from 'express';

const { BASE_URL = '', HANDLE_KEY = '' } = process.env;
const say = (message: object) => process.send?.(message);

const authlete = authleteClient({ baseUrl: BASE_URL, serviceId: '1', accessToken: 'a-token' });
const ciba = cibaBackchannel({
  authlete,
  identifyUser: ({ hint }) => ({ subject: hint }),
  authenticate({ handle }) {
    say({ handle });
    return later();
  },
  handleKeys: [HANDLE_KEY],
});
const token = cibaToken({ authlete, htu: 'https://as.example.com/token' });
const app = express().use('/backchannel/authentication', ciba).use('/token', token);
const server = createServer(app).listen(0, '127.0.0.1');

process.once('SIGTERM', async () => {
  const left = await ciba.close({ timeout: 10_000 });
  await token.close();
  server.close();
  await authlete.close();
  process.exit(left.transactions + left.deliveries === 0 ? 0 : 1);
});

await once(server, 'listening');
say({ port: (server.address() as AddressInfo).port });
