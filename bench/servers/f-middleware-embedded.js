// (f) This middleware with the embedded engine: a whole provider in the process, as g is, and on node:http, as g is.

import { createServer } from 'node:http';
import { served } from '../served.js';
import { entry, middleware } from './middleware.js';

const { embeddedAuthlete } = await entry('/embedded');
const authlete = await embeddedAuthlete({
  issuer: 'https://as.example.com',
  clients: [{ client_id: 'teller', client_secret: 'secret-of-the-teller', backchannel_token_delivery_mode: 'poll' }],
  maxPending: 1_000_000,
});

served(createServer(middleware(authlete)));
