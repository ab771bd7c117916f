import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import express4 from 'express4';
import request from 'supertest';
import { expectAnswer, expectError } from '../support/answers.js';
import { type Endpoint, endpoints, judgement, judging, type Middleware } from '../support/endpoints.js';
import { frameworks, type Host } from '../support/hosts.js';
import { serving } from '../support/serving.js';

type Listener = (req: IncomingMessage, res: ServerResponse) => void;

const path = '/as/endpoint';
const form = 'scope=openid&login_hint=a%20b';

/** What comes after the endpoint is never reached. */
const mountings: [string, (middleware: Middleware) => Listener][] = [
  ['a bare node:http server', (middleware) => middleware],
  ...frameworks.map(([name, { host }]): [string, (middleware: Middleware) => Listener] => [
    `${name}, app.use`,
    (middleware) => {
      const app = host();
      app.use(path, middleware);
      return withTrap(app);
    },
  ]),
  ...[express, express4].flatMap((framework, i): [string, (middleware: Middleware) => Listener][] => [
    [
      `Express ${5 - i}, app.all`,
      (middleware) => {
        const app = framework();
        app.all(path, middleware);
        return withTrap(app as unknown as Host);
      },
    ],
    [
      `Express ${5 - i}, a router in a sub-app`,
      (middleware) => {
        const router = framework.Router();
        router.use('/endpoint', middleware);
        const sub = framework();
        sub.use(router);
        const app = framework();
        app.use('/as', sub);
        return withTrap(app as unknown as Host);
      },
    ],
  ]),
];

function withTrap(app: Host): Listener {
  app.use((_req, res) => {
    res.statusCode = 599;
    res.end('next() was called');
  });
  return app;
}

async function served(endpoint: Endpoint, mount: (middleware: Middleware) => Listener) {
  const { authlete, middleware } = judging(endpoint);
  return { authlete, server: await serving(mount(middleware)) };
}

describe.each(endpoints)('%s', (_, endpoint) => {
  it.each(mountings)('serves on %s', async (_, mount) => {
    const { authlete, server } = await served(endpoint, mount);
    const answer = await request(server).post(path).send(form);
    expectAnswer(answer, 400);
    expect(answer.text).toBe(judgement);
    expectError(await request(server).get(path), 405, 'invalid_request');
    expectError(await request(server).post(path).send({ scope: 'openid' }), 400, 'invalid_request');
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form }]);
  });

  it.each([
    [5, express],
    [4, express4],
  ])('leaves the other methods to app.post on Express %d', async (_, framework) => {
    const { server } = await served(endpoint, (middleware) => {
      const app = framework();
      app.post(path, middleware);
      return withTrap(app as unknown as Host);
    });
    expectAnswer(await request(server).post(path).send(form), 400);
    expect((await request(server).get(path)).status).toBe(599);
  });

  it('overrides what middlewares before it have set, and keeps what they may add', async () => {
    const { server } = await served(endpoint, (middleware) => {
      const app = express();
      app.use((_req, res, next) => {
        res.set({
          'Cache-Control': 'public, max-age=60',
          'content-type': 'text/html',
          ETag: '"x"',
          Pragma: 'x',
          'Strict-Transport-Security': 'max-age=1',
          'Content-Security-Policy': "default-src 'self'",
        });
        next();
      });
      app.use(path, middleware);
      return withTrap(app as unknown as Host);
    });
    const answer = await request(server).post(path).send(form);
    expectAnswer(answer, 400);
    expect(answer.headers['strict-transport-security']).toBe('max-age=1');
    expect(answer.headers['content-security-policy']).toBe("default-src 'self'");
  });

  it('lets go of a response that the host has answered already', async () => {
    const { server } = await served(endpoint, (middleware) => (req, res) => {
      res.writeHead(503).end('too busy');
      middleware(req, res);
    });
    const answer = await request(server).post(path).send(form);
    expect([answer.status, answer.text]).toEqual([503, 'too busy']);
  });

  it('closes the connection when the host breaks the response', async () => {
    const { server } = await served(endpoint, (middleware) => (req, res) => {
      res.writeHead = () => {
        throw new Error('of the host');
      };
      middleware(req, res);
    });
    await expect(request(server).post(path).send(form)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
