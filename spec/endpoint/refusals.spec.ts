import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { expectAnswer, expectError } from '../support/answers.js';
import { endpointsByDoor, judgement, judging } from '../support/endpoints.js';
import { program } from '../support/program.js';
import { headerLines, rawClient } from '../support/raw-client.js';
import { serving } from '../support/serving.js';

const form = 'scope=openid&login_hint=%zz&scope=%E2%82%AC+%41&empty=&=&flag';
const type = 'application/x-www-form-urlencoded';

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** A request as bytes, with the headers that the case does not give itself. */
function bytesOf({ method = 'POST', headers = {}, body = form }: Sent): Buffer {
  const all = { Host: 'as.example.com', 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = headerLines({ ...all, ...headers });
  return Buffer.concat([Buffer.from(`${method} / HTTP/1.1\r\n${lines}\r\n`), Buffer.from(body)]);
}

const encoded = (encoding: string, body: Buffer): Sent => ({ headers: { 'Content-Encoding': encoding }, body });
const typed = (value: string): Sent => ({ headers: { 'Content-Type': value } });

describe.each(endpointsByDoor)('%s', (_, endpoint) => {
  it.each<[string, Sent]>([
    ['a form', {}],
    ['a type in another case', typed('Application/X-WWW-Form-URLencoded')],
    ['charset utf-8', typed(`${type}; charset=utf-8`)],
    ['charset "UTF-8"', typed(`${type};charset="UTF-8"`)],
    ['charset US-ASCII', typed(`${type}; charset=US-ASCII`)],
    ['another parameter', typed(`${type}; profile=x`)],
    ['gzip', encoded('gzip', gzipSync(form))],
    ['GZip', encoded('GZip', gzipSync(form))],
    ['deflate', encoded('deflate', deflateSync(form))],
    ['br', encoded('br', brotliCompressSync(form))],
    ['identity', encoded('identity', Buffer.from(form))],
    ['100-continue', { headers: { Expect: '100-continue' } }],
  ])('passes on to Authlete, as it was sent: %s', async (_, sent) => {
    const { authlete, middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    client.write(bytesOf(sent));
    if (sent.headers?.Expect) expect((await client.answer()).status).toBe(100);
    const answer = await client.answer();
    expectAnswer(answer, 400);
    expect(answer.body).toBe(judgement);
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form }]);
  });

  it.each<[string, Sent, number]>([
    ['a GET', { method: 'GET', body: '' }, 405],
    ['a PUT', { method: 'PUT' }, 405],
    ['an OPTIONS', { method: 'OPTIONS', body: '' }, 405],
    ['an unknown method', { method: 'PROPFIND' }, 405],
    ['a POST of nothing', { body: '' }, 400],
    ['a POST without a body', { body: '', headers: { 'Content-Length': '0' } }, 400],
    ['JSON', { ...typed('application/json'), body: '{"scope":"openid"}' }, 400],
    ['a multipart form', typed('multipart/form-data; boundary=x'), 400],
    ['a content type that is none', typed('form'), 400],
    ['an empty content type', typed(''), 400],
    ['what only begins like a form', typed(`${type}2`), 400],
    ['what is not UTF-8', { body: Buffer.from('scope=openid&login_hint=\xe9', 'latin1') }, 400],
    ['a UTF-8 sequence cut short', { body: Buffer.from([0x61, 0x3d, 0xe2, 0x82]) }, 400],
    ['charset ISO-8859-1', typed(`${type}; charset=ISO-8859-1`), 415],
    ['charset UTF-16', typed(`${type}; charset=utf-16le`), 415],
    ['an empty charset', typed(`${type}; charset=""`), 415],
    ['zstd', encoded('zstd', Buffer.from(form)), 415],
    ['compress', encoded('compress', Buffer.from(form)), 415],
    ['gzip twice', encoded('gzip, gzip', gzipSync(gzipSync(form))), 415],
    ['an unknown encoding', encoded('constructor', Buffer.from(form)), 415],
    ['gzip that is none', encoded('gzip', Buffer.from(form)), 400],
    ['deflate without its header', encoded('deflate', deflateRawSync(form)), 400],
    ['br that is none', encoded('br', Buffer.from(form)), 400],
    ['gzip cut short', encoded('gzip', gzipSync(form).subarray(0, 30)), 400],
    ['gzip of nothing', encoded('gzip', gzipSync('')), 400],
    ['no byte of gzip', encoded('gzip', Buffer.alloc(0)), 400],
    ['gzip of what is not UTF-8', encoded('gzip', gzipSync(Buffer.from([0xff]))), 400],
    ['70 kB of another type', { ...typed('text/plain'), body: 'x'.repeat(70_000) }, 400],
    ['70 kB of another method', { method: 'PUT', body: 'x'.repeat(70_000) }, 405],
    ['70 kB of another charset', { ...typed(`${type};charset=latin1`), body: 'x'.repeat(70_000) }, 415],
  ])('refuses %s, and the connection stays usable', async (_, sent, status) => {
    const { authlete, middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    client.write(bytesOf(sent));
    expectError(await client.answer(), status, 'invalid_request');
    expect(authlete.calls).toEqual([]);
    client.write(bytesOf({}));
    expect((await client.answer()).body).toBe(judgement);
  });

  it('refuses HEAD without a body', async () => {
    const { middleware } = judging(endpoint);
    const { socket, write } = await rawClient((await serving(middleware)).port);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    write('HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received).toMatch(/^HTTP\/1\.1 405 .*\r\nAllow: POST\r\n.*\r\n\r\n$/is);
  });

  it('refuses a request without a content type', async () => {
    const { middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${form.length}\r\n\r\n${form}`);
    expectError(await client.answer(), 400, 'invalid_request');
  });

  it('serves HTTP/1.0, and refuses what has no length there', async () => {
    const { authlete, middleware } = judging(endpoint);
    const server = await serving(middleware);
    const client = await rawClient(server.port);
    client.write(`POST / HTTP/1.0\r\nContent-Type: ${type}\r\nContent-Length: ${form.length}\r\n\r\n${form}`);
    expect((await client.answer()).body).toBe(judgement);
    await client.closed();
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form }]);

    const endless = await rawClient(server.port);
    endless.write(`POST / HTTP/1.0\r\nContent-Type: ${type}\r\nConnection: keep-alive\r\n\r\n`);
    expectError(await endless.answer(), 400, 'invalid_request');
  });

  it('takes a body in chunks, cut within a character', async () => {
    const { authlete, middleware } = judging(endpoint);
    const client = await rawClient((await serving(middleware)).port);
    const body = Buffer.from('hint=\u20ac');
    client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (const byte of body) {
      client.write(Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]));
    }
    client.write('0\r\n\r\n');
    expect((await client.answer()).body).toBe(judgement);
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: 'hint=\u20ac' }]);
  });
});

it('Encoded bodies that end before body-parser is loaded are read and judged all the same', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program('spec/support/encoded-bodies.ts')]);
  expect(JSON.parse(stdout)).toMatchObject([
    [200, { parameters: 'grant_type=x' }],
    [413, { error: 'invalid_request' }],
    [400, { error: 'invalid_request' }],
  ]);
});
