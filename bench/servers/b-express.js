// (b) The same handler on Express, without a body parser and without `res.send`.

import { createServer } from 'node:http';
import { served } from '../served.js';
import { application } from './application.js';
import { serve } from './hand-written.js';

served(createServer(application().post('/backchannel/authentication', serve)));
