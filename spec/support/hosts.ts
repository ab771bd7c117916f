import type { IncomingMessage, ServerResponse } from 'node:http';
import connect from 'connect';
import express from 'express';
import express4 from 'express4';

type Handler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** A server that the middleware can be mounted on: the part that all frameworks share. */
export interface Host {
  use(handler: Handler): unknown;
  use(path: string, handler: Handler): unknown;
  post?(path: string, handler: Handler): unknown;
  (req: IncomingMessage, res: ServerResponse): void;
}

/** The parsers of a framework, with its version of body-parser behind them. */
export type Parsers = Pick<typeof express, 'urlencoded' | 'json' | 'text' | 'raw'>;

const express5 = express;

export const frameworks: [string, { host: () => Host; parsers: Parsers }][] = [
  ['Express 5', { host: () => express5() as unknown as Host, parsers: express5 }],
  ['Express 4', { host: () => express4() as unknown as Host, parsers: express4 }],
  // Connect brings no parsers; what its hosts use is body-parser, in one version or the other.
  ['Connect', { host: () => connect() as unknown as Host, parsers: express5 }],
  ['Connect with body-parser 1', { host: () => connect() as unknown as Host, parsers: express4 }],
];
