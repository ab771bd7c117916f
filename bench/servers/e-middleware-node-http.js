// (e) This middleware on node:http.

import { createServer } from 'node:http';
import { served } from '../served.js';
import { client, middleware } from './middleware.js';

served(createServer(middleware(client())));
