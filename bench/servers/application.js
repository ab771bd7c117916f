// The Express application that b, c and d have in common: without what would only cost time here.

import express from 'express';

export function application() {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  return app;
}
