// An Authlete that judges nothing: it answers as soon as the call has come, so that next to all time is the server's.

import { createServer } from 'node:http';
import { served } from './served.js';

const judged = {
  resultCode: 'A179001',
  resultMessage: '[A179001] The backchannel authentication request was processed successfully.',
  action: 'USER_IDENTIFICATION',
  clientId: 26478243745571,
  clientIdAlias: 'teller',
  clientIdAliasUsed: true,
  clientName: 'Bank teller',
  clientAuthMethod: 'CLIENT_SECRET_BASIC',
  deliveryMode: 'POLL',
  hintType: 'LOGIN_HINT',
  hint: 'alice',
  scopes: [
    { name: 'openid', defaultEntry: false },
    { name: 'email', defaultEntry: false },
  ],
  claimNames: ['email', 'email_verified'],
  acrs: ['urn:mace:incommon:iap:silver'],
  bindingMessage: 'W4-7',
  userCodeRequired: false,
  requestedExpiry: 0,
  clientEntityIdUsed: false,
  ticket: 'Jq8PZ1sY0cYtHc2yV2bM1xQ5Zk1o3f2B0m7-00000000',
};

const issued = {
  resultCode: 'A180001',
  resultMessage: '[A180001] The acknowledgement was issued successfully.',
  action: 'OK',
  responseContent: '{"auth_req_id":"1VXyE4fGBtsl3fC4QYvm6KSXpx3jRDUHsXH-00000000","expires_in":120,"interval":5}',
  authReqId: '1VXyE4fGBtsl3fC4QYvm6KSXpx3jRDUHsXH-00000000',
  expiresIn: 120,
  interval: 5,
};

const introspected = {
  resultCode: 'A056001',
  resultMessage: '[A056001] The access token is valid.',
  action: 'OK',
  clientId: 26478243745571,
  clientIdAlias: 'teller',
  clientIdAliasUsed: true,
  clientEntityIdUsed: false,
  subject: 'alice',
  scopes: ['openid', 'accounts'],
  existent: true,
  usable: true,
  sufficient: true,
  refreshable: false,
  expiresAt: 4102444800000,
  responseContent: 'Bearer error="invalid_request"',
};

/** The answer as bytes, in which each request's own number takes the place of the zeros. */
function template(answer) {
  const text = JSON.stringify(answer);
  const places = [...text.matchAll(/00000000/g)].map(({ index }) => index);
  return { bytes: Buffer.from(text), places };
}

const templates = new Map(
  Object.entries({
    '/api/1/backchannel/authentication': judged,
    '/api/1/backchannel/authentication/issue': issued,
    '/api/1/auth/introspection': introspected,
  }).map(([path, answer]) => [path, template(answer)]),
);
let calls = 0;

function answerTo(path) {
  const found = templates.get(path);
  if (found === undefined) return undefined;
  calls += 1;
  const bytes = Buffer.from(found.bytes);
  for (const place of found.places) bytes.write(String(calls).padStart(8, '0'), place, 'latin1');
  return bytes;
}

served(
  createServer((req, res) => {
    const answer = answerTo(req.url);
    req.resume();
    req.on('end', () => {
      if (answer === undefined) return res.writeHead(404).end();
      res.writeHead(200, { 'Content-Type': 'application/json;charset=UTF-8', 'Content-Length': answer.length });
      res.end(answer);
    });
  }),
);
