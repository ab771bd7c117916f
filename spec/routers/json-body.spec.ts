import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { simulator } from 'ciba-backchannel/simulator';
import express from 'express';
import { headerLines, type RawAnswer, rawClient } from '../support/raw-client.js';
import { serving } from '../support/serving.js';

const express4: typeof express = createRequire(import.meta.url)('express4');
type Handler = Parameters<typeof serving>[0];

const sim = simulator({ issuer: 'http://localhost', clients: [{ client_id: 'a', client_secret: 'b' }] });
let router: Handler;

beforeAll(async () => {
  const authlete = await embeddedAuthlete({ issuer: 'http://localhost', clients: [] });
  router = authleteRouter(authlete, { serviceId: '1', accessToken: 'secret' });
});
afterAll(() => sim.close());

const readers = [
  { reader: 'the simulator', handler: (): Handler => sim, path: '/requests', maxBytes: 65_536 },
  { reader: "the engine's router", handler: () => router, path: '/1/auth/introspection', maxBytes: 1_048_576 },
];

describe.each(readers)('a JSON body for $reader', ({ handler, path, maxBytes }) => {
  const head = (headers: Record<string, string>) =>
    `POST ${path} HTTP/1.1\r\n${headerLines({ Host: 'localhost', Authorization: 'Bearer secret', ...headers })}\r\n`;

  async function post(host: Handler, body: string | Buffer, type = 'application/json'): Promise<RawAnswer> {
    const client = await rawClient((await serving(host)).port);
    client.write(head({ 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)) }));
    client.write(body);
    const answer = await client.answer();
    client.leave();
    return answer;
  }

  it('is refused with 413 when it is announced as too large, before any of it has come', async () => {
    const client = await rawClient((await serving(handler())).port);
    client.write(head({ 'Content-Length': String(maxBytes + 1) }));
    expect(await client.answer()).toMatchObject({ status: 413, headers: { connection: 'close' } });
    client.leave();
  });

  it('is refused with 413 when it never ends', async () => {
    const client = await rawClient((await serving(handler())).port);
    client.write(head({ 'Transfer-Encoding': 'chunked' }));
    client.write(`${(maxBytes + 1).toString(16)}\r\n${' '.repeat(maxBytes + 1)}\r\n`);
    expect(await client.answer()).toMatchObject({ status: 413, headers: { connection: 'close' } });
    client.leave();
  });

  it.each([
    ['is not UTF-8', Buffer.from('7b2261223a22ff227d', 'hex'), /UTF-8/],
    ['is not JSON', '{"a":', /JSON/],
    ['is not an object', '[]', /JSON object/],
    ['is empty', '', /JSON/],
  ])('is refused with 400 when it %s', async (_, body, reason) => {
    const { status, body: text } = await post(handler(), body);
    expect(status).toBe(400);
    expect(text).toMatch(reason);
  });

  const complete = JSON.stringify({ token: 'x', client_id: 'unknown' });
  // What each of the two says once it has understood the body.
  const understood = /client_id must be one of|INVALID_TOKEN|"action"/;

  it.each<[string, () => Handler, string]>([
    ['nothing', () => handler(), 'application/json'],
    ['json() of Express 5', () => express().use(express.json(), handler()), 'application/json'],
    ['json() of Express 4', () => express4().use(express4.json(), handler()), 'application/json'],
    ['json() of Express 4, which skips the type,', () => express4().use(express4.json(), handler()), 'text/plain'],
    ['text() of Express 5', () => express().use(express.text({ type: '*/*' }), handler()), 'application/json'],
    ['raw() of Express 5', () => express().use(express.raw({ type: '*/*' }), handler()), 'application/json'],
  ])('is understood after %s', async (_, host, type) => {
    expect((await post(host(), complete, type)).body).toMatch(understood);
  });

  it('that a middleware has read and thrown away is refused with 400', async () => {
    const host = express().use((req, _res, next) => void req.resume().on('end', next), handler());
    expect((await post(host, complete)).status).toBe(400);
  });
});
