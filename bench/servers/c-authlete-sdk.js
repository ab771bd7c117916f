// (c) An Express handler on Authlete's own SDK for TypeScript.

import { createServer } from 'node:http';
import { Authlete } from '@authlete/typescript-sdk';
import auth from 'basic-auth';
import express from 'express';
import { served } from '../served.js';
import { application } from './application.js';
import { noStore } from './hand-written.js';
import { remember } from './pending-tickets.js';
import { sendToPhone } from './phone.js';

const serviceId = '1';
const authlete = new Authlete({
  serverURL: process.env.AUTHLETE,
  bearer: 'access-token-of-the-benchmark',
  timeoutMs: 8_000,
});
const users = new Map([['alice', { subject: 'user-1' }]]);

async function authenticate(parameters, credentials) {
  const judged = await authlete.ciba.processAuthentication({
    serviceId,
    backchannelAuthenticationRequest: { parameters, clientId: credentials?.name, clientSecret: credentials?.pass },
  });
  switch (judged.action) {
    case 'BAD_REQUEST':
      return [400, judged.responseContent];
    case 'UNAUTHORIZED':
      return [401, judged.responseContent];
    case 'USER_IDENTIFICATION':
      break;
    default:
      return [500, judged.responseContent];
  }
  const { ticket } = judged;
  const user = users.get(judged.hint);
  if (user === undefined) {
    const backchannelAuthenticationFailRequest = { ticket, reason: 'UNKNOWN_USER_ID' };
    const failed = await authlete.ciba.fail({ serviceId, backchannelAuthenticationFailRequest });
    return [400, failed.responseContent];
  }
  const issued = await authlete.ciba.issue({ serviceId, backchannelAuthenticationIssueRequest: { ticket } });
  if (issued.action !== 'OK') return [500, issued.responseContent];
  sendToPhone(remember(issued.authReqId, ticket, user.subject));
  return [200, issued.responseContent];
}

const app = application();
app.post(
  '/backchannel/authentication',
  express.text({ type: 'application/x-www-form-urlencoded', limit: '64kb' }),
  async (req, res) => {
    if (typeof req.body !== 'string') return res.status(400).set(noStore).send('{"error":"invalid_request"}');
    try {
      const [status, json] = await authenticate(req.body, auth(req));
      res.status(status).set(noStore).send(json);
    } catch {
      res.status(500).set(noStore).send('{"error":"server_error"}');
    }
  },
);

served(createServer(app));
