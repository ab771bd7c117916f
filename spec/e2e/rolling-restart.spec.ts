import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { authorized, cibaCompletion } from 'ciba-backchannel';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import * as openid from 'openid-client';
import { afterwards } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { program } from '../support/program.js';
import { serving } from '../support/serving.js';

const service = { serviceId: '1', accessToken: 'a-token' };
const key = 'a secret of at least thirty-two bytes';
const secret = 'a secret';
const users = Array.from({ length: 12 }, (_, i) => `user-${i}`);

/** Authlete, as the processes reach it: an engine over HTTP, where the poll for `slow` is not answered until the spec says so. */
async function standingAuthlete(issuer: string) {
  const clients = [{ client_id: 'teller', client_secret: secret, backchannel_token_delivery_mode: 'poll' as const }];
  const engine = await embeddedAuthlete({ issuer, clients, interval: 1 });
  const slow = { asked: deferred(), answered: deferred() };
  const app = express().use(express.json(), async (req, _res, next) => {
    if (String(req.body?.parameters).includes('auth_req_id=slow')) {
      slow.asked.resolve();
      await slow.answered.promise;
    }
    next();
  });
  const { port } = await serving(app.use('/api', authleteRouter(engine, service)));
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    engine,
    /** The next of them. */
    slowPoll() {
      Object.assign(slow, { asked: deferred(), answered: deferred() });
      return slow;
    },
  };
}

/** Passes requests on to the processes in turn. */
async function balancer() {
  const ports: number[] = [];
  const underWay = new Map<number, Set<Promise<unknown>>>();
  const answers = new EventEmitter<{ answer: [port: number, status: number, headers: IncomingHttpHeaders] }>();
  let turn = 0;

  async function pass(port: number, { url, headers }: IncomingMessage, body: string) {
    const passed = send({ port, host: '127.0.0.1', path: url, method: 'POST', headers, agent: false }).end(body);
    const [answer] = (await once(passed, 'response')) as [IncomingMessage];
    answers.emit('answer', port, answer.statusCode as number, answer.headers);
    return { answer, content: await text(answer) };
  }

  const { port } = await serving(async (req, res) => {
    const body = await text(req);
    turn += 1;
    const to = ports[turn % ports.length] as number;
    const passing = pass(to, req, body);
    underWay.get(to)?.add(passing);
    const { answer, content } = await passing.finally(() => underWay.get(to)?.delete(passing));
    delete answer.headers.connection;
    res.writeHead(answer.statusCode as number, answer.headers).end(content);
  });

  return {
    origin: `http://127.0.0.1:${port}`,
    answers,
    add(added: number) {
      ports.push(added);
      underWay.set(added, new Set());
    },
    /** Resolves when what this process was asked has been answered. */
    async remove(removed: number) {
      ports.splice(ports.indexOf(removed), 1);
      await Promise.all(underWay.get(removed) ?? []);
    },
  };
}

/** A process, and what it says of transactions. */
async function start(baseUrl: string, asked: (handle: string) => void) {
  const env = { ...process.env, BASE_URL: baseUrl, HANDLE_KEY: key };
  const child = fork(program('spec/support/restarting-server.ts'), { execArgv: [], env });
  const exit = once(child, 'exit') as Promise<[code: number | null]>;
  afterwards(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  const port = await new Promise<number>((resolve) => {
    child.on('message', (said: { port?: number; handle?: string }) => {
      if (said.port) resolve(said.port);
      if (said.handle) asked(said.handle);
    });
  });
  return { port, exit, stop: () => child.kill('SIGTERM') };
}

describe('Through a rolling restart of two processes', () => {
  it('openid-client polls on, and everybody gets the tokens', async () => {
    const { origin, add, remove, answers } = await balancer();
    const { baseUrl, engine, slowPoll } = await standingAuthlete(origin);
    const completion = cibaCompletion({ authlete: engine, handleKeys: [key] });
    const handles: string[] = [];
    const everybodyAsked = deferred();
    const starting = () =>
      start(baseUrl, (handle) => {
        if (handles.push(handle) === users.length) everybodyAsked.resolve();
      });

    /** Has polls meet a process that closes, which a request that it answers still keeps from ending. */
    async function restart(old: Awaited<ReturnType<typeof start>>) {
      const slow = slowPoll();
      const closing = new Promise<IncomingHttpHeaders>((resolve) => {
        answers.on('answer', (port, status, headers) => port === old.port && status === 503 && resolve(headers));
      });
      const answered = fetch(`http://127.0.0.1:${old.port}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`teller:${secret}`)}` },
        body: new URLSearchParams({ grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: 'slow' }),
      });
      await slow.asked.promise;
      old.stop();
      expect(await closing).toMatchObject({ 'retry-after': '1', connection: 'close' });
      await remove(old.port);
      slow.answered.resolve();
      expect((await answered).status).toBe(400);
      expect(await old.exit).toEqual([0, null]);
    }

    const [first, second, third] = await Promise.all([starting(), starting(), starting()]);
    add(first.port);
    add(second.port);

    const metadata = {
      issuer: origin,
      backchannel_authentication_endpoint: `${origin}/backchannel/authentication`,
      token_endpoint: `${origin}/token`,
    };
    const config = new openid.Configuration(
      metadata,
      'teller',
      { id_token_signed_response_alg: 'ES256' },
      openid.ClientSecretBasic(secret),
    );
    openid.allowInsecureRequests(config);
    const subjects = Promise.all(
      users.map(async (user) => {
        const asked = await openid.initiateBackchannelAuthentication(config, { scope: 'openid', login_hint: user });
        const tokens = await openid.pollBackchannelAuthenticationGrant(config, asked);
        return tokens.claims()?.sub;
      }),
    );
    await Promise.race([everybodyAsked.promise, subjects]);

    add(third.port);
    await Promise.race([restart(first), subjects]);
    const approve = (some: string[]) => Promise.all(some.map((handle) => completion.complete(handle, authorized())));
    // Whoever has approved by now is lost when a poll ends.
    await approve(handles.slice(0, 4));
    await Promise.race([restart(second), subjects]);
    await approve(handles.slice(4));
    expect(await subjects).toEqual(users);
  }, 60_000);
});
