// (d) This middleware on Express.

import { createServer } from 'node:http';
import { served } from '../served.js';
import { application } from './application.js';
import { client, middleware } from './middleware.js';

served(createServer(application().use('/backchannel/authentication', middleware(client()))));
