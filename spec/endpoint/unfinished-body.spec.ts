import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { expectError } from '../support/answers.js';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { endpoints, judging } from '../support/endpoints.js';
import { rawClient, rawPost } from '../support/raw-client.js';
import { serving } from '../support/serving.js';

/** A POST whose body never ends. */
const unfinished: [string, string | Buffer][] = [
  ['has not begun', rawPost('', { 'Content-Length': '20' })],
  ['stops half way', rawPost('scope=open', { 'Content-Length': '20' })],
  ['stops between chunks', chunkedPost('5\r\nscope\r\n')],
  ['stops within a chunk', chunkedPost('50\r\nscope')],
  ['stops before the last chunk', chunkedPost('0\r\n')],
  ['is gzip that stops', gzipPost(gzipSync('scope=openid').subarray(0, 12))],
  ['waits for 100 Continue and does not go on', rawPost('', { 'Content-Length': '20', Expect: '100-continue' })],
];

function chunkedPost(body: string): string {
  return rawPost('', { 'Transfer-Encoding': 'chunked' }).replace('Content-Length: 0\r\n', '') + body;
}

function gzipPost(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(rawPost('', { 'Content-Length': '60', 'Content-Encoding': 'gzip' })), body]);
}

describe.each(endpoints)('%s, when the body', (_, endpoint) => {
  for (const [what, bytes] of unfinished) {
    concurrently(`${what}, answers 408 at the deadline and closes`, async () => {
      const { authlete, middleware } = judging(endpoint, { timeout: 50 });
      const client = await rawClient((await serving(middleware)).port);
      client.write(bytes);
      let answer = await client.answer();
      if (answer.status === 100) answer = await client.answer();
      expectError(answer, 408, 'invalid_request');
      await client.closed();
      expect(authlete.calls).toEqual([]);
    });
  }

  concurrently('trickles in, answers 408 at the deadline all the same', async () => {
    const { middleware } = judging(endpoint, { timeout: 100 });
    const client = await rawClient((await serving(middleware)).port);
    client.write(rawPost('', { 'Content-Length': '60000' }));
    const trickle = setInterval(() => client.write('x'), 5);
    try {
      expectError(await client.answer(), 408, 'invalid_request');
    } finally {
      clearInterval(trickle);
    }
  });

  it.each(unfinished)('%s and the client leaves, leaves nothing behind', async (_, bytes) => {
    const { authlete, middleware } = judging(endpoint, { timeout: 60_000 });
    const gone = deferred();
    const left = deferred();
    const server = await serving((req, res) => {
      res.once('close', left.resolve);
      middleware(req, res);
      gone.resolve();
    });
    const client = await rawClient(server.port);
    client.write(bytes);
    await gone.promise;
    client.leave();
    await left.promise;
    await new Promise(setImmediate);
    expect(authlete.calls).toEqual([]);
  });

  it('is cut short by a client that waits for the answer, does not reach Authlete', async () => {
    const { authlete, middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    client.write(rawPost('scope=open', { 'Content-Length': '20' }));
    client.socket.end();
    await client.closed();
    expect(authlete.calls).toEqual([]);
  });

  it('is text already, because the host has set an encoding, answers 400', async () => {
    const { authlete, middleware } = judging(endpoint);
    const server = await serving((req, res) => {
      req.setEncoding('utf8');
      middleware(req, res);
    });
    const client = await rawClient(server.port);
    client.write(rawPost('scope=openid'));
    expectError(await client.answer(), 400, 'invalid_request');
    client.write(rawPost('scope=openid'));
    expectError(await client.answer(), 400, 'invalid_request');
    expect(authlete.calls).toEqual([]);
  });

  it('is text already and does not end, answers 400 at once', async () => {
    const { middleware } = judging(endpoint, { timeout: 60_000 });
    const server = await serving((req, res) => {
      req.setEncoding('utf8');
      middleware(req, res);
    });
    const client = await rawClient(server.port);
    client.write(rawPost('scope=openid', { 'Content-Length': '20' }));
    expectError(await client.answer(), 400, 'invalid_request');
  });

  it('was read in part by the host, answers 400 and passes no part on', async () => {
    const { authlete, middleware } = judging(endpoint);
    const server = await serving((req, res) => {
      req.once('data', () => {
        req.pause();
        middleware(req, res);
      });
    });
    const client = await rawClient(server.port);
    client.write(rawPost('scope=openid&', { 'Content-Length': '29' }));
    client.write('login_hint=alice');
    expectError(await client.answer(), 400, 'invalid_request');
    expect(authlete.calls).toEqual([]);
  });

  it('was read by the host, and the client has left since, does not reach Authlete', async () => {
    const { authlete, middleware } = judging(endpoint);
    const served = deferred();
    const server = await serving((req, res) => {
      req.resume();
      Object.assign(req, { rawBody: 'scope=openid' });
      res.once('close', () => {
        middleware(req, res);
        served.resolve();
      });
    });
    const client = await rawClient(server.port);
    client.write(rawPost('scope=openid', { 'Content-Length': '29' }));
    setImmediate(client.leave);
    await served.promise;
    await new Promise(setImmediate);
    expect(authlete.calls).toHaveLength(0);
  });

  it('was read by a host that kept nothing, answers 400', async () => {
    const { authlete, middleware } = judging(endpoint);
    const server = await serving((req, res) => {
      req.resume().once('end', () => middleware(req, res));
    });
    const client = await rawClient(server.port);
    client.write(rawPost('scope=openid'));
    expectError(await client.answer(), 400, 'invalid_request');
    expect(authlete.calls).toEqual([]);
  });

  it('is listened to by the host as well, reads it all the same', async () => {
    const { authlete, middleware } = judging(endpoint);
    let heard = '';
    const server = await serving((req, res) => {
      req.on('data', (chunk) => {
        heard += chunk;
      });
      middleware(req, res);
    });
    const client = await rawClient(server.port);
    client.write(rawPost('scope=openid'));
    await client.answer();
    expect(heard).toBe('scope=openid');
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: 'scope=openid' }]);
  });
});
