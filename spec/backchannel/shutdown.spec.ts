import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { cibaBackchannel, cibaToken } from 'ciba-backchannel';
import { crowdAtTheDoor } from '../support/crowd.js';
import { rawClient, rawPost } from '../support/raw-client.js';
import { stubAuthlete } from '../support/stub-authlete.js';

it('a server that stops as the page on shutdown says loses nothing that clients have sent before', async () => {
  const ciba = cibaBackchannel({ authlete: stubAuthlete(), identifyUser: () => ({ subject: 'alice' }), logger: false });
  const server = createServer(ciba as RequestListener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients = await Promise.all(Array.from({ length: 200 }, () => rawClient(port)));
  for (const client of clients) {
    client.write(rawPost('scope=openid'));
    expect((await client.answer()).status).toBe(200);
  }

  // On connections that are idle for the server: it has not read a byte of this.
  for (const client of clients) client.write(rawPost('scope=openid'));
  await ciba.close({ timeout: 20_000 });
  server.close();

  const answers = await Promise.allSettled(clients.map((client) => client.answer()));
  const statuses = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.status : 'lost'));
  expect(statuses.filter((status) => status !== 503)).toEqual([]);
  await once(server, 'close');
});

it('a server that stops as the page on production says answers all connections that it has not accepted yet', async () => {
  const authlete = stubAuthlete();
  const ciba = cibaBackchannel({ authlete, identifyUser: () => ({ subject: 'alice' }), logger: false });
  const token = cibaToken({ authlete });
  const server = createServer(ciba as RequestListener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const statuses = crowdAtTheDoor(port, 60, rawPost('scope=openid'));
  const closed = once(server, 'close');
  await Promise.all([ciba.close({ timeout: 20_000 }), token.close()]);
  server.close();
  server.closeIdleConnections();

  expect(await statuses).toEqual(Array(60).fill(503));
  await closed;
});
