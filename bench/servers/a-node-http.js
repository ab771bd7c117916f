// (a) A hand-written node:http handler that makes the two calls with undici.

import { createServer } from 'node:http';
import { served } from '../served.js';
import { authenticate, noStore } from './hand-written.js';

const limit = 65_536;

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

served(
  createServer(async (req, res) => {
    if (req.method !== 'POST') return send(res, 405, '{"error":"invalid_request"}');
    if (!req.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      return send(res, 400, '{"error":"invalid_request"}');
    }
    try {
      send(res, ...(await authenticate(await readBody(req), req.headers.authorization)));
    } catch {
      send(res, 500, '{"error":"server_error"}');
    }
  }),
);
