// A protected resource twice on node:http: behind protect(), and behind the bare call that it makes.

import { createServer } from 'node:http';
import { served } from '../served.js';
import { client, entry } from './middleware.js';

const { protect } = await entry('/resource');
const authlete = client();
const scopes = ['accounts'];
const accounts = protect({ authlete, scopes });

function answer(res, owner) {
  const body = JSON.stringify({ owner });
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
}

async function bare(req, res) {
  const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
  try {
    const { action, subject } = await authlete.introspection({ token, scopes });
    if (action === 'OK') answer(res, subject);
    else res.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end();
  } catch {
    res.writeHead(500).end();
  }
}

served(
  createServer((req, res) => {
    if (req.url === '/bare') bare(req, res);
    else accounts(req, res, () => answer(res, req.token.subject));
  }),
);
