// What a and b have in common, as one writes it without a library: the two calls, the credentials, the decision.

import { Pool } from 'undici';
import { remember } from './pending-tickets.js';
import { sendToPhone } from './phone.js';

const { AUTHLETE } = process.env;
const pool = new Pool(AUTHLETE, { connections: 100, headersTimeout: 8_000, bodyTimeout: 8_000 });
const headers = { 'content-type': 'application/json', authorization: 'Bearer access-token-of-the-benchmark' };

const users = new Map([['alice', { subject: 'user-1' }]]);

async function call(path, request) {
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: `/api/1${path}`,
    headers,
    body: JSON.stringify(request),
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`${path} answered ${statusCode}`);
  }
  return body.json();
}

function basicCredentials(authorization) {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return {};
  const decoded = Buffer.from(encoded, 'base64').toString();
  const colon = decoded.indexOf(':');
  if (colon === -1) return {};
  return {
    clientId: decodeURIComponent(decoded.slice(0, colon)),
    clientSecret: decodeURIComponent(decoded.slice(colon + 1)),
  };
}

/** The endpoint without its HTTP: gives the status and the JSON of the answer. */
export async function authenticate(parameters, authorization) {
  const judged = await call('/backchannel/authentication', { parameters, ...basicCredentials(authorization) });
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
  const user = users.get(judged.hint);
  if (user === undefined) {
    const failed = await call('/backchannel/authentication/fail', { ticket: judged.ticket, reason: 'UNKNOWN_USER_ID' });
    return [400, failed.responseContent];
  }
  const issued = await call('/backchannel/authentication/issue', { ticket: judged.ticket });
  if (issued.action !== 'OK') return [500, issued.responseContent];
  remember(issued.authReqId, judged.ticket, user.subject);
  sendToPhone(issued.authReqId);
  return [200, issued.responseContent];
}

export const noStore = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' };
