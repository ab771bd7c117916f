import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { expectError } from '../support/answers.js';
import { endpoints, judgement, judging } from '../support/endpoints.js';
import { type RawClient, rawClient, rawPost } from '../support/raw-client.js';
import { serving } from '../support/serving.js';

const type = 'application/x-www-form-urlencoded';
const chunked = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n`;

const chunkOf = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

const bomb = gzipSync(Buffer.alloc(50_000_000, 'x'));

/** Writes for as long as the server takes it. */
function writeEndlessly({ socket }: RawClient, bytes: Buffer): void {
  socket.on('drain', more);
  more();
  function more(): void {
    while (!socket.destroyed && socket.write(bytes));
  }
}

describe.each(endpoints)('%s with a bodyLimit', (_, endpoint) => {
  it.each<[string | number | undefined, number]>([
    [undefined, 65_536],
    ['1kb', 1024],
    ['1.5 KB', 1536],
    ['1MB', 1_048_576],
    ['100b', 100],
    [100, 100],
  ])('of %s takes that much and no more', async (bodyLimit, bytes) => {
    const { middleware } = judging(endpoint, { ...(bodyLimit !== undefined && { bodyLimit }) });
    const server = await serving(middleware);
    const fits = await request(server).post('/').type(type).send('x'.repeat(bytes));
    expect(fits.text).toBe(judgement);
    const tooMuch = await rawClient(server.port);
    tooMuch.write(rawPost('x'.repeat(bytes + 1)));
    expectError(await tooMuch.answer(), 413, 'invalid_request');
  });

  it('answers from Content-Length alone, and closes', async () => {
    const { authlete, middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    client.write(rawPost('scope=openid', { 'Content-Length': '70000' }));
    expectError(await client.answer(), 413, 'invalid_request');
    await client.closed();
    expect(authlete.calls).toEqual([]);
  });

  it.each([
    ['chunks', '', Buffer.alloc(1000, 'x')],
    ['chunks of gzip', 'Content-Encoding: gzip\r\n', gzipSync(Buffer.alloc(1000, 'x'))],
  ])('answers in the middle of endless %s, and closes', async (_, header, bytes) => {
    const { authlete, middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    client.write(`${chunked}${header}\r\n`);
    writeEndlessly(client, Buffer.concat(Array(100).fill(chunkOf(bytes))));
    expectError(await client.answer(), 413, 'invalid_request');
    await client.closed();
    expect(authlete.calls).toEqual([]);
  });

  it('answers a client that writes 10 MB before it reads', async () => {
    const { middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    client.socket.pause();
    client.write(rawPost('x'.repeat(10_000_000)));
    client.socket.resume();
    expectError(await client.answer(), 413, 'invalid_request');
  });

  it('does not inflate a bomb', async () => {
    const { authlete, middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    expect(bomb.length).toBeLessThan(65_536);
    client.write(rawPost('', { 'Content-Encoding': 'gzip', 'Content-Length': String(bomb.length) }));
    client.write(bomb);
    expectError(await client.answer(), 413, 'invalid_request');
    expect(authlete.calls).toEqual([]);
  });

  it.each([
    ['a rebuilt body', undefined],
    ['rawBody as a Buffer', (raw: Buffer) => raw],
    ['rawBody as a string', (raw: Buffer) => raw.toString()],
  ])('of 20 bytes refuses more of %s', async (_, keep) => {
    const { middleware } = judging(endpoint, { bodyLimit: 20 });
    const app = express();
    app.use(
      express.urlencoded({
        extended: false,
        verify: (req, _res, raw) => keep && Object.assign(req, { rawBody: keep(raw) }),
      }),
    );
    app.use(middleware);
    const server = await serving(app);
    const fits = await request(server).post('/').type(type).send('a=45678901234567890x');
    expect(fits.text).toBe(judgement);
    expectError(await request(server).post('/').type(type).send('a=45678901234567890xy'), 413, 'invalid_request');
  });
});
