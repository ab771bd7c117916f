import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { authorized, cibaBackchannel, cibaDiscovery, cibaToken, type NodeHandler } from 'ciba-backchannel';
import { memoryDeviceStore } from 'ciba-backchannel/device';
import { authleteRouter } from 'ciba-backchannel/embedded';
import { simulator } from 'ciba-backchannel/simulator';
import { expectAnswer } from '../support/answers.js';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import { deferred, never } from '../support/deferred.js';
import { origin, startDeviceHost } from '../support/device-host.js';
import { endpoints, judgement, judging } from '../support/endpoints.js';
import { acknowledgement, issued, stubAuthlete, ticket } from '../support/stub-authlete.js';

const form = 'scope=openid&login_hint=alice';
const type = 'application/x-www-form-urlencoded';
const released = [{ ticket, reason: 'SERVER_ERROR' }];

let certificate: TestCertificate;
beforeAll(async () => {
  certificate = await makeCertificate({ subject: 'CN=localhost', san: [{ type: 'dns', value: 'localhost' }] });
});

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function listening(server: Http2Server): Promise<number> {
  server.listen(0, 'localhost');
  await once(server, 'listening');
  open.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What handlers have set of the header that HTTP/2 does not have. Node warns of it, but once in a process. */
const connectionHeaders: unknown[] = [];
beforeEach(() => {
  connectionHeaders.length = 0;
});

function noteHeaders(res: Http2ServerResponse): void {
  const note = (name: string, value: unknown) => {
    if (name.toLowerCase() === 'connection') connectionHeaders.push(value);
  };
  const { setHeader, writeHead } = res;
  res.setHeader = (name, value) => {
    note(name, value);
    setHeader.call(res, name, value);
  };
  res.writeHead = ((status: number, headers: OutgoingHttpHeaders = {}) => {
    for (const [name, value] of Object.entries(headers)) note(name, value);
    return writeHead.call(res, status, headers as never);
  }) as typeof writeHead;
}

/** A client of its own connection. */
async function clientOf(handler: NodeHandler): Promise<ClientHttp2Session> {
  const server = createServer((req, res) => {
    noteHeaders(res);
    handler(req, res);
  });
  const client = connect(`http://localhost:${await listening(server)}`);
  open.push(() => client.destroy());
  return client;
}

function send(
  client: ClientHttp2Session,
  headers: object = {},
  body: string | Buffer | null = form,
): ClientHttp2Stream {
  const stream = client.request({ ':method': 'POST', ':path': '/as', 'content-type': type, ...headers });
  stream.on('error', () => {});
  if (body === null) stream.write('scope=');
  else if (!stream.writableEnded) stream.end(body);
  return stream;
}

async function answerOf(stream: ClientHttp2Stream) {
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
  let text = '';
  for await (const chunk of stream) text += chunk;
  return { status: headers[':status'], headers: headers as Record<string, string>, text };
}

describe.each(endpoints)('%s on HTTP/2', (_, endpoint) => {
  it('takes a form, which has no Content-Length as a rule', async () => {
    const { authlete, middleware } = judging(endpoint);
    const client = await clientOf(middleware);
    const answer = await answerOf(send(client));
    expectAnswer(answer, 400);
    expect(answer.text).toBe(judgement);
    const encoded = await answerOf(send(client, { 'content-encoding': 'gzip' }, gzipSync(form)));
    expect(encoded.text).toBe(judgement);
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form }, { parameters: form }]);
  });

  it.each<[string, object, string | null, number]>([
    ['a GET', { ':method': 'GET' }, '', 405],
    ['an empty body', {}, '', 400],
    ['a body that is too large', {}, 'x'.repeat(70_000), 413],
    ['a body that does not end', {}, null, 408],
  ])('refuses %s, without a Connection header', async (_, headers, body, status) => {
    const { middleware } = judging(endpoint, { timeout: 200 });
    const { headers: received, ...answer } = await answerOf(send(await clientOf(middleware), headers, body));
    expect(answer).toMatchObject({ status, text: expect.stringContaining('invalid_request') });
    expect(received).not.toHaveProperty('connection');
    expect(connectionHeaders).toEqual([]);
  });

  it('does not take the part of a body for the whole when the connection breaks', async () => {
    const arrived = deferred();
    const { authlete, middleware } = judging(endpoint, { timeout: 60_000 });
    const closed = deferred();
    const client = await clientOf((req, res) => {
      req.once('data', () => arrived.resolve());
      res.once('close', () => setImmediate(closed.resolve));
      middleware(req, res);
    });
    send(client, {}, null);
    await arrived.promise;
    client.destroy();
    await closed.promise;
    expect(authlete.calls).toEqual([]);
  });
});

describe('cibaBackchannel on HTTP/2', () => {
  it.each<[string, (stream: ClientHttp2Stream, client: ClientHttp2Session) => void]>([
    ['resets its stream', (stream) => stream.close(constants.NGHTTP2_CANCEL)],
    ['closes its connection', (_, client) => client.destroy()],
  ])('has the ticket released of a client that %s', async (_, leave) => {
    const running = deferred<AbortSignal>();
    const authlete = stubAuthlete();
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: (_request, { signal }) => {
        running.resolve(signal);
        return never;
      },
      timeout: 60_000,
    });
    const client = await clientOf(ciba);
    const stream = send(client);
    const signal = await running.promise;
    leave(stream, client);
    await authlete.called('backchannelAuthenticationFail');
    expect(signal.reason).toMatchObject({ name: 'AbortError', interruption: 'gone' });
    expect(authlete.requests('backchannelAuthenticationFail')).toEqual(released);
  });

  it('asks nobody when the stream was reset just before the answer', async () => {
    const reset = deferred();
    let begun = 0;
    const authlete = stubAuthlete({
      backchannelAuthenticationIssue: async () => {
        await reset.promise;
        return issued;
      },
    });
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: () => {
        begun += 1;
        return authorized();
      },
    });
    const client = await clientOf((req, res) => {
      // The stream is reset, and the response looks finished.
      res.once('close', () => reset.resolve());
      ciba(req, res);
    });
    const stream = send(client);
    await authlete.called('backchannelAuthenticationIssue');
    stream.close(constants.NGHTTP2_CANCEL);
    await reset.promise;
    await authlete.called('backchannelAuthenticationFail');
    expect([begun, authlete.requests('backchannelAuthenticationFail')]).toEqual([0, released]);
  });

  it('asks the user when the answer is out', async () => {
    const asked = deferred();
    const ciba = cibaBackchannel({
      authlete: stubAuthlete(),
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: () => {
        asked.resolve();
        return authorized();
      },
    });
    expect((await answerOf(send(await clientOf(ciba)))).text).toBe(acknowledgement);
    await asked.promise;
  });
});

describe('a body that is too large, on HTTP/2,', () => {
  it.each<[string, string, object, () => Promise<unknown>]>([
    [
      'the router of the engine',
      '/api/auth/token',
      { authorization: `Basic ${Buffer.from('key:secret').toString('base64')}` },
      async () => authleteRouter(stubAuthlete(), { apiKey: 'key', apiSecret: 'secret' }),
    ],
    [
      "the phone's page",
      '/device/api/state',
      { origin },
      async () => (await startDeviceHost(memoryDeviceStore())).phone,
    ],
    ['the simulator', '/notifications', {}, async () => simulator()],
  ])('is refused by %s without a Connection header', async (_, path, headers, make) => {
    const client = await clientOf((await make()) as NodeHandler);
    const json = { 'content-type': 'application/json', ':path': path };
    const answer = await answerOf(send(client, { ...json, ...headers }, 'x'.repeat(1_100_000)));
    expect(answer.status).toBe(413);
    expect(connectionHeaders).toEqual([]);
  });
});

describe('a server of http2 with allowHTTP1', () => {
  const secure = async (handler: NodeHandler) =>
    listening(createSecureServer({ key: certificate.key, cert: certificate.cert, allowHTTP1: true }, handler));

  it('serves both versions', async () => {
    const port = await secure(cibaDiscovery({ authlete: stubAuthlete() }));
    const path = '/.well-known/openid-configuration';
    const client = connect(`https://localhost:${port}`, { ca: certificate.cert });
    open.push(() => client.destroy());
    const stream = client.request({ ':path': path });
    expect((await answerOf(stream)).status).toBe(200);
    const [response] = await once(
      get({ host: 'localhost', port, path, ca: certificate.cert, agent: false }),
      'response',
    );
    response.resume();
    expect([response.statusCode, response.httpVersion]).toEqual([200, '1.1']);
  });

  it('has the host of DPoP in :authority', async () => {
    const authlete = stubAuthlete();
    const port = await secure(cibaToken({ authlete, logger: false }));
    const client = connect(`https://localhost:${port}`, { ca: certificate.cert });
    open.push(() => client.destroy());
    await answerOf(send(client, { dpop: 'a.b.c' }));
    expect(authlete.requests('token')).toMatchObject([{ htm: 'POST', htu: `https://localhost:${port}/as` }]);
  });
});
