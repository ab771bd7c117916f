// An Authlete that takes every decision, and the client that is pinged for it, in one process: what passes between the
// answer of the one and the request to the other is measured with one clock: the system's, which the deciding process reads
// as well.

import { createServer } from 'node:http';
import { served } from './served.js';

const now = () => Number(process.hrtime.bigint()) / 1e6;

/** By ticket, which is the `auth_req_id` as well: when the answer left and when the ping came, milliseconds. */
const times = new Map();
let own = '';

/** @param {import('node:http').IncomingMessage} req */
async function json(req) {
  let text = '';
  for await (const chunk of req) text += chunk;
  return JSON.parse(text);
}

const paths = {
  async '/api/1/backchannel/authentication/complete'(req, res) {
    const { ticket } = await json(req);
    const answer = Buffer.from(
      JSON.stringify({
        action: 'NOTIFICATION',
        responseContent: JSON.stringify({ auth_req_id: ticket }),
        clientNotificationEndpoint: `http://127.0.0.1:${own}/ping`,
        clientNotificationToken: '8d67dc78-7faa-4d41-aabd-67707b374255',
        deliveryMode: 'PING',
      }),
    );
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answer.length });
    times.set(ticket, { answered: now() });
    res.end(answer);
  },

  async '/ping'(req, res) {
    const { auth_req_id } = await json(req);
    const pinged = now();
    Object.assign(times.get(auth_req_id) ?? {}, { pinged });
    res.writeHead(204).end();
  },

  /** The times of every decision since the last time. */
  async '/times'(req, res) {
    req.resume();
    res.end(JSON.stringify([...times]));
    times.clear();
  },
};

const server = createServer((req, res) => paths[req.url]?.(req, res));
server.on('listening', () => {
  own = String(server.address().port);
});
served(server);
