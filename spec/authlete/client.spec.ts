import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { AuthleteApi } from 'ciba-backchannel';
import { makeCertificate } from '../support/certificates.js';
import { program } from '../support/program.js';
import { accessToken, always, answer, clientFor, wire } from './wire.js';

const ok = '{"action":"OK"}';
const parameters = 'grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=%e3%81%82';

const version2 = { serviceId: undefined, accessToken: undefined, apiKey: '26478243745571', apiSecret: 's3cret' };

// biome-ignore lint/suspicious/noExplicitAny: each API has a request type of its own
const calls: [keyof AuthleteApi, string, any][] = [
  ['backchannelAuthentication', '/backchannel/authentication', { parameters, clientId: 'teller', clientSecret: 'x' }],
  ['backchannelAuthenticationIssue', '/backchannel/authentication/issue', { ticket: 't' }],
  ['backchannelAuthenticationFail', '/backchannel/authentication/fail', { ticket: 't', reason: 'UNKNOWN_USER_ID' }],
  ['backchannelAuthenticationComplete', '/backchannel/authentication/complete', { ticket: 't', result: 'AUTHORIZED' }],
  ['token', '/auth/token', { parameters, htu: 'https://as.example.com/token' }],
  ['tokenRevoke', '/auth/token/revoke', { accessTokenIdentifier: 'x', subject: 'alice' }],
  ['introspection', '/auth/introspection', { token: 'ä' }],
];

describe('authleteClient() calls', () => {
  it.each(calls)('%s of Authlete 3.0: POST /api/{serviceId}%s', async (api, path, request) => {
    const authlete = await wire(always(ok));
    expect(await clientFor(authlete)[api](request)).toEqual({ action: 'OK' });

    const [received] = authlete.requests;
    expect(received).toMatchObject({ method: 'POST', path: `/api/1234567890${path}` });
    expect(received?.headers).toMatchObject({
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
    });
    expect(JSON.parse(received?.body ?? '')).toEqual(request);
  });

  it.each(calls)('%s of Authlete 2.x: POST /api%s', async (api, path, request) => {
    const authlete = await wire(always(ok));
    await clientFor(authlete, version2)[api](request);

    const [received] = authlete.requests;
    expect(received).toMatchObject({ method: 'POST', path: `/api${path}` });
    expect(received?.headers.authorization).toBe('Basic MjY0NzgyNDM3NDU1NzE6czNjcmV0');
    expect(JSON.parse(received?.body ?? '')).toEqual(request);
  });

  it.each([
    ['configuration', '/service/configuration'],
    ['jwks', '/service/jwks/get'],
  ] as const)('%s: GET %s, and gives the document as it is', async (api, path) => {
    const document = { issuer: 'https://as.example.com', keys: [{ kid: '1234567890123456' }], clientId: 7 };
    const authlete = await wire(always(JSON.stringify(document)));
    expect(await clientFor(authlete)[api]()).toEqual(document);
    expect(await clientFor(authlete, version2)[api]()).toEqual(document);
    expect(authlete.requests.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      { method: 'GET', path: `/api/1234567890${path}`, body: '' },
      { method: 'GET', path: `/api${path}`, body: '' },
    ]);
  });

  it.each([
    ['', '/api/1234567890/auth/token'],
    ['/', '/api/1234567890/auth/token'],
    ['/authlete', '/authlete/api/1234567890/auth/token'],
    ['/authlete/eu//', '/authlete/eu/api/1234567890/auth/token'],
  ])('a baseUrl that ends in %j at %s', async (end, path) => {
    const authlete = await wire(always(ok));
    await clientFor(authlete, { baseUrl: `http://127.0.0.1:${authlete.port}${end}` }).token({ parameters });
    expect(authlete.requests[0]?.path).toBe(path);
  });
});

describe('authleteClient() gives', () => {
  it('integers exactly, unknown fields and null as they are', async () => {
    const authlete = await wire(
      always('{"action":"OK","clientId":9007199254740993,"new":9007199254740993,"subject":null,"more":{"x":[1.5]}}'),
    );
    expect(await clientFor(authlete).introspection({ token: 't' })).toEqual({
      action: 'OK',
      clientId: '9007199254740993',
      new: 9007199254740993n,
      subject: null,
      more: { x: [1.5] },
    });
  });

  it.each([
    ['in one piece', (bytes: Buffer) => [bytes]],
    ['byte by byte', (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.of(byte))],
  ])('an answer that comes %s, characters of several bytes included', async (_, split) => {
    const authlete = await wire(async ({ socket }) => {
      for (const piece of split(answer('{"action":"OK","clientName":"銀行 ☎"}'))) {
        await new Promise((written) => socket.write(piece, written));
      }
    });
    expect(await clientFor(authlete).introspection({ token: 't' })).toEqual({ action: 'OK', clientName: '銀行 ☎' });
  });

  it('an answer after a provisional one, without a length, whatever its Content-Type', async () => {
    const authlete = await wire(({ socket }) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n');
      socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${ok}`);
    });
    expect(await clientFor(authlete).token({ parameters })).toEqual({ action: 'OK' });
  });

  it('what a client made by spreading it gives', async () => {
    const authlete = await wire(always(ok));
    const { token } = { ...clientFor(authlete) };
    expect(await token({ parameters })).toEqual({ action: 'OK' });
  });
});

describe('The connections of authleteClient()', () => {
  it('are used again', async () => {
    const authlete = await wire(always(ok));
    const client = clientFor(authlete);
    for (let i = 0; i < 20; i++) await client.token({ parameters });
    // undici takes a second connection when a call follows in the very moment in which the first has its answer.
    expect(authlete.opened()).toBeLessThanOrEqual(2);
  });

  it('are never more than `connections`', async () => {
    const authlete = await wire(always(ok));
    const client = clientFor(authlete, { connections: 2 });
    await Promise.all(Array.from({ length: 20 }, () => client.token({ parameters })));
    expect(authlete.requests).toHaveLength(20);
    expect(authlete.opened()).toBe(2);
  });

  it('are closed by close(), which waits for calls under way and may be called twice', async () => {
    const authlete = await wire(() => {});
    const client = clientFor(authlete);
    const call = client.token({ parameters });
    await authlete.received(1);
    const closed = client.close();
    authlete.requests[0]?.socket.write(answer(ok));
    expect(await call).toEqual({ action: 'OK' });
    await closed;
    await client.close();
    await authlete.allClosed();
  });

  it('are not opened after close()', async () => {
    const authlete = await wire(always(ok));
    const client = clientFor(authlete);
    await client.close();
    await expect(client.token({ parameters })).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_UNREACHABLE',
      message: expect.stringContaining('closed'),
    });
    expect(authlete.opened()).toBe(0);
  });

  it('leave no listener on the signal', async () => {
    const authlete = await wire(always(ok));
    const { signal } = new AbortController();
    await clientFor(authlete).token({ parameters }, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('may use a certificate authority and a certificate of one’s own', async () => {
    const authority = await makeCertificate({ subject: 'CN=authority', ca: true });
    const server = await makeCertificate({ issuer: authority, san: [{ type: 'ip', value: '127.0.0.1' }] });
    const own = await makeCertificate({ issuer: authority, subject: 'CN=as' });
    const authlete = await wire(always(ok), {
      key: server.key,
      cert: server.cert,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const baseUrl = `https://127.0.0.1:${authlete.port}`;
    const tls = { ca: authority.cert, cert: own.cert, key: own.key };
    expect(await clientFor(authlete, { baseUrl, tls }).token({ parameters })).toEqual({ action: 'OK' });

    await expect(clientFor(authlete, { baseUrl }).token({ parameters })).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_UNREACHABLE',
      message: expect.stringContaining('certificate'),
    });
    await expect(clientFor(authlete, { baseUrl, tls: { ca: tls.ca } }).token({ parameters })).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_UNREACHABLE',
    });
    expect(authlete.requests).toHaveLength(1);
  });

  it('verifies it whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const { cert, key } = await makeCertificate({ san: [{ type: 'ip', value: '127.0.0.1' }] });
    const authlete = await wire(always(ok), { cert, key });
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [program('spec/support/unverified-tls.ts'), String(authlete.port)],
      {
        env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      },
    );
    expect(JSON.parse(stdout)).toEqual({ code: 'ERR_AUTHLETE_UNREACHABLE', cause: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(authlete.requests).toHaveLength(0);
  });
});

describe('authleteClient(), called and closed before undici is loaded,', () => {
  const source = 'spec/support/hasty-client.ts';
  const run = async (file: string, port: number) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, `http://127.0.0.1:${port}`]);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };
  const aborted = ['RangeError', null, null];
  const closed = ['AuthleteError', 'ERR_AUTHLETE_UNREACHABLE', null];

  it('does the calls under way for which there is time', async () => {
    const authlete = await wire(always(ok));
    const late = [
      ['AuthleteError', 'ERR_AUTHLETE_TIMEOUT', null],
      ['RangeError', null, null],
    ];
    expect(await run(program(source), authlete.port)).toEqual([{ action: 'OK' }, aborted, closed, ...late]);
    expect(authlete.requests.length).toBe(1);
  });

  it('says of each call that undici cannot be loaded', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ciba-backchannel-'));
    const elsewhere = join(folder, 'hasty-client.mjs');
    await copyFile(program(source), elsewhere);
    const failed = ['AuthleteError', 'ERR_AUTHLETE_UNREACHABLE', 'ERR_MODULE_NOT_FOUND'];
    expect(await run(elsewhere, 1)).toEqual([failed, aborted, closed, failed, ['Error', 'ERR_MODULE_NOT_FOUND', null]]);
    await rm(folder, { recursive: true });
  });
});
