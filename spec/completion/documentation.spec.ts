import * as crypto from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as ciba from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import { handles } from '../../lib/completion/handle.js';
import { stubAuthlete } from '../support/complete-stub.js';
import { deferred } from '../support/deferred.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

/** The complete examples of docs/completion.md: those that listen. */
async function examples(): Promise<string[]> {
  const text = await readFile('docs/completion.md', 'utf8');
  const blocks = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code as string);
  return blocks.filter((code) => code.includes('app.listen'));
}

/** Runs an example as it is printed, and tells where it listens. */
async function run(code: string, yourOwn: object): Promise<string> {
  const listening = deferred<Server>();
  const app = (): express.Express =>
    Object.assign(express(), {
      listen() {
        listening.resolve(this as unknown as Server);
      },
    });
  const modules: Record<string, unknown> = {
    'node:crypto': crypto,
    'ciba-backchannel': ciba,
    express: Object.assign(app, { json: express.json }),
    './your-own.mjs': yourOwn,
  };
  const body = code.replace(/^import (.*) from '(.*)';$/gm, "const $1 = modules['$2'];");
  new Function('modules', 'process', body)(modules, { env: { HANDLE_KEY: 'a key of at least thirty-two bytes' } });
  const server = express()
    .use((await listening.promise) as never)
    .listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function newEngine() {
  const client = { client_id: 'teller', client_secret: 'a-secret', backchannel_token_delivery_mode: 'poll' as const };
  return embeddedAuthlete({ issuer: 'https://as.example.com', clients: [client] });
}

async function post(url: string, body: Record<string, unknown>, type: 'form' | 'json'): Promise<Response> {
  const form = new URLSearchParams(body as Record<string, string>);
  return fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa('teller:a-secret')}`,
      'content-type': type === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
    },
    body: type === 'form' ? form.toString() : JSON.stringify(body),
  });
}

async function ask(server: string): Promise<string> {
  const request = { scope: 'openid', login_hint: 'alice', binding_message: 'W4-7' };
  const answer = await post(`${server}/backchannel/authentication`, request, 'form');
  return ((await answer.json()) as { auth_req_id: string }).auth_req_id;
}

async function poll(server: string, auth_req_id: string): Promise<Record<string, unknown>> {
  const request = { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id };
  return (await post(`${server}/token`, request, 'form')).json() as Promise<Record<string, unknown>>;
}

const newKey = () => crypto.randomBytes(32);

const transaction = {
  id: 'an-id',
  ticket: 'a-ticket',
  subject: 'alice',
  clientId: 'teller',
  deliveryMode: 'POLL' as const,
  claimNames: ['email'],
  expiresAt: Date.now() + 60_000,
};

describe('docs/completion.md', () => {
  const users = { find: (hint: string) => ({ subject: hint, device: `phone of ${hint}` }) };

  it('has an example of the later style that works', async () => {
    const [endpoint, callback] = await examples();
    const authlete = await newEngine();
    const sent = deferred<{ handle: string; message: string; expiresAt: Date }>();
    const push = {
      send(device: string, message: never) {
        expect(device).toBe('phone of alice');
        sent.resolve(message);
      },
    };
    const requireDevice: express.RequestHandler = (_req, _res, next) => next();
    const server = await run(endpoint as string, { authlete, push, users });
    const devices = await run(callback as string, { authlete, requireDevice });

    const authReqId = await ask(server);
    const { handle, message, expiresAt } = await sent.promise;
    expect(message).toBe('W4-7');
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
    const decide = (body: object) => post(`${devices}/device/decision`, { approved: true, ...body }, 'json');
    expect((await decide({ handle: 'x' })).status).toBe(409);
    expect((await decide({ handle: handles([newKey()]).seal(transaction) })).status).toBe(503);
    expect((await decide({ handle })).status).toBe(204);
    expect((await decide({ handle })).status).toBe(409);
    expect(await poll(server, authReqId)).toMatchObject({ id_token: expect.any(String) });
  });

  it.each([
    [true, { id_token: expect.any(String) }],
    [false, { error: 'access_denied' }],
  ])('has an example of the waiting style that works (approved: %s)', async (approved, expected) => {
    const [, , waiting] = await examples();
    const requirePhone: express.RequestHandler = (req, _res, next) => {
      Object.assign(req, { subject: 'alice' });
      next();
    };
    const server = await run(waiting as string, { authlete: await newEngine(), requirePhone, users });

    const authReqId = await ask(server);
    let prompts: { id: string; message: string }[] = [];
    while (prompts.length === 0) prompts = (await (await fetch(`${server}/phone/prompts`)).json()) as typeof prompts;
    expect(prompts).toEqual([{ id: expect.any(String), message: 'W4-7' }]);
    const url = `${server}/phone/prompts/${prompts[0]?.id}`;
    expect((await post(url, { approved }, 'json')).status).toBe(204);
    expect((await post(url, { approved }, 'json')).status).toBe(404);
    expect(await poll(server, authReqId)).toMatchObject(expected);
  });
});

describe('docs/production.md', () => {
  /** Serves the example of an app in the place of the phone, as it is printed. */
  async function decisions(completion: ciba.CibaCompletion): Promise<(handle: string) => Promise<Response>> {
    const text = await readFile('docs/production.md', 'utf8');
    const [code] = /(?<=^```js\n)app\.post\('\/decisions'.*?(?=^```)/ms.exec(text) ?? [];
    const app = express();
    new Function('app', 'express', 'ciba', 'authorized', 'denied', code as string)(
      app,
      express,
      completion,
      ciba.authorized,
      ciba.denied,
    );
    const server = app.listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/decisions`;
    return (handle) => post(url, { handle, approved: true }, 'json');
  }

  const [key, otherKey] = [newKey(), newKey()];
  const handle = handles([key]).seal(transaction);
  const status = (code: number) => () => {
    throw new ciba.AuthleteError('ERR_AUTHLETE_STATUS', 'too many calls', {
      api: 'backchannelAuthenticationComplete',
      status: code,
    });
  };

  it.each<[string, number, string | undefined, string, object]>([
    ['a decision', 200, undefined, handle, {}],
    ['what is no handle', 409, 'ERR_HANDLE_MALFORMED', 'x', {}],
    ['an expired handle', 409, 'ERR_HANDLE_EXPIRED', handles([key]).seal({ ...transaction, expiresAt: 1 }), {}],
    ['a second decision', 409, 'ERR_COMPLETE_REFUSED', handle, { answer: () => ({ action: 'SERVER_ERROR' }) }],
    ['a key that another process has', 503, 'ERR_HANDLE_UNKNOWN_KEY', handles([otherKey]).seal(transaction), {}],
    ['an Authlete that is asked too much', 503, 'ERR_AUTHLETE_STATUS', handle, { answer: status(429) }],
    ['claims that fail', 503, 'ERR_CLAIMS_FAILED', handle, { claims: () => Promise.reject(new Error('no database')) }],
    ['a process that stops', 503, 'ERR_CLOSED', handle, { isClosed: true }],
  ])(
    'has the device of an app of your own answered what is final, for %s',
    async (_what, expected, code, sent, more) => {
      const {
        answer,
        claims = () => ({}),
        isClosed,
      } = more as {
        answer?: () => object;
        claims?: () => object;
        isClosed?: boolean;
      };
      const completion = ciba.cibaCompletion({
        authlete: stubAuthlete(answer as never),
        handleKeys: [key],
        claims,
        logger: false,
      });
      const decide = await decisions(completion);
      if (isClosed) await completion.close();
      const response = await decide(sent);
      expect([response.status, ((await response.json()) as { code?: string }).code]).toEqual([expected, code]);
      expect(response.headers.has('retry-after')).toBe(expected === 503);
    },
  );
});
