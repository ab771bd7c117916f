// (b) A hand-written Express handler that makes the two calls with undici.

import { createServer } from 'node:http';
import express from 'express';
import { served } from '../served.js';
import { application } from './application.js';
import { authenticate, noStore } from './hand-written.js';

const app = application();
app.post(
  '/backchannel/authentication',
  express.text({ type: 'application/x-www-form-urlencoded', limit: '64kb' }),
  async (req, res) => {
    if (typeof req.body !== 'string') return res.status(400).set(noStore).send('{"error":"invalid_request"}');
    try {
      const [status, json] = await authenticate(req.body, req.headers.authorization);
      res.status(status).set(noStore).send(json);
    } catch {
      res.status(500).set(noStore).send('{"error":"server_error"}');
    }
  },
);

served(createServer(app));
