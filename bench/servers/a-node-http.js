// (a) A hand-written node:http handler that makes the two calls with undici.

import { createServer } from 'node:http';
import { served } from '../served.js';
import { serve } from './hand-written.js';

served(createServer(serve));
