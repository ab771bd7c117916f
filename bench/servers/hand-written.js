// What a and b have in common, as lean as it can be written by hand: the two calls, the credentials, the decision. The calls
// are handlers of undici's own, without the stream that `pool.request` makes of each answer.

import { Pool } from 'undici';
import { remember } from './pending-tickets.js';
import { sendToPhone } from './phone.js';

const { AUTHLETE } = process.env;
const pool = new Pool(AUTHLETE, { connections: 100, headersTimeout: 8_000, bodyTimeout: 8_000 });
const headers = ['content-type', 'application/json', 'authorization', 'Bearer access-token-of-the-benchmark'];
const limit = 65_536;

const users = new Map([['alice', { subject: 'user-1' }]]);

class Call {
  status = 0;
  body = undefined;

  constructor(resolve, reject) {
    this.resolve = resolve;
    this.reject = reject;
  }

  onRequestStart() {}

  onResponseStart(_, status) {
    this.status = status;
  }

  onResponseData(_, chunk) {
    this.body = this.body === undefined ? chunk : Buffer.concat([this.body, chunk]);
  }

  onResponseEnd() {
    try {
      if (this.status !== 200) throw new Error(`Authlete answered ${this.status}`);
      this.resolve(JSON.parse(this.body.toString()));
    } catch (error) {
      this.reject(error);
    }
  }

  onResponseError(_, error) {
    this.reject(error);
  }
}

function call(path, request) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(request);
    pool.dispatch({ method: 'POST', path: `/api/1${path}`, headers, body }, new Call(resolve, reject));
  });
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

/** Gives the status and the JSON of the answer. */
async function authenticate(parameters, authorization) {
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
  sendToPhone(remember(issued.authReqId, judged.ticket, user.subject));
  return [200, issued.responseContent];
}

export const noStore = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' };

function readBody(req) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let length = 0;
    req.on('data', (chunk) => {
      length += chunk.length;
      if (length > limit) reject(new Error('too large'));
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(Buffer.concat(chunks).toString()));
    req.on('error', reject);
  });
}

function send(res, status, json) {
  res.writeHead(status, { ...noStore, 'Content-Length': Buffer.byteLength(json) }).end(json);
}

/** The endpoint, for `node:http` and for Express. */
export async function serve(req, res) {
  if (req.method !== 'POST') return send(res, 405, '{"error":"invalid_request"}');
  if (!req.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return send(res, 400, '{"error":"invalid_request"}');
  }
  try {
    send(res, ...(await authenticate(await readBody(req), req.headers.authorization)));
  } catch {
    send(res, 500, '{"error":"server_error"}');
  }
}
