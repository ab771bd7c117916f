import { describe, expect, it } from '@jest/globals';
import { makeCertificate } from '../support/certificates.js';
import { always, answer, clientFor, type Reply, type WireRequest, wire } from './wire.js';

const ok = '{"action":"OK"}';
const ticket = 'ticket-of-the-request-52e8';
const request = { ticket };

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

/** 64 kB again and again, as fast as they are taken. */
function endless(start: string, piece = (text: string) => text): Reply {
  return ({ socket }) => {
    socket.write(start);
    const bytes = piece('x'.repeat(65_536));
    const more = () => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.on('drain', more);
    more();
  };
}

const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('An answer that is', () => {
  const page = '<!DOCTYPE html><title>504</title>';
  it.each<[string, Reply]>([
    ['HTML', always(page, { type: 'text/html' })],
    ['empty', always('')],
    ['half a JSON', always('{"action":"OK","ticket":')],
    ['an array', always('[{"action":"OK"}]')],
    ['a string', always('"OK"')],
    ['null', always('null')],
    ['not UTF-8', always(Buffer.from(`{"action":"OK","clientName":"\xe4"}`, 'latin1'))],
    ['nested deeper than the stack, and not closed', always(`{"a":${'['.repeat(200_000)}`)],
  ])('%s is ERR_AUTHLETE_ANSWER', async (_, reply) => {
    const client = clientFor(await wire(reply));
    await expect(client.backchannelAuthenticationIssue(request)).rejects.toMatchObject({
      name: 'AuthleteError',
      code: 'ERR_AUTHLETE_ANSWER',
      api: 'backchannelAuthenticationIssue',
      status: 200,
      message: expect.stringContaining('not a JSON object'),
    });
  });

  it.each<[string, Reply]>([
    ['larger than maxResponseBytes', always(`{"a":"${'x'.repeat(100_000)}"}`)],
    ['endless, with a length', endless(`${head}Content-Length: 99999999999\r\n\r\n`)],
    ['endless, in chunks', endless(`${head}Transfer-Encoding: chunked\r\n\r\n`, chunked)],
    ['endless, in headers', endless(`${head}X: `)],
    ['not HTTP', ({ socket }) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')],
    ['in chunks without sizes', ({ socket }) => socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${ok}`)],
  ])('%s is ERR_AUTHLETE_ANSWER, and its connection is closed', async (_, reply) => {
    const authlete = await wire(reply);
    const client = clientFor(authlete, { maxResponseBytes: 50_000 });
    await expect(client.backchannelAuthenticationIssue(request)).rejects.toMatchObject({ code: 'ERR_AUTHLETE_ANSWER' });
    await authlete.firstClosed();
    expect(authlete.requests).toHaveLength(1);
  });

  it('nested deeply is taken as it is', async () => {
    const client = clientFor(await wire(always(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)));
    expect(await client.backchannelAuthenticationIssue(request)).toHaveProperty('a');
  });
});

describe('An answer with a status other than 200 is ERR_AUTHLETE_STATUS', () => {
  const refusal = '{"resultCode":"A001202","resultMessage":"[A001202] The access token is not valid."}';
  it.each<[string, Reply, object]>([
    [
      'with what Authlete says',
      always(refusal, { status: 401 }),
      { status: 401, resultCode: 'A001202', resultMessage: '[A001202] The access token is not valid.' },
    ],
    ['with a page in its body', always('<html>', { status: 502 }), { status: 502 }],
    ['with an array in its body', always('[]', { status: 500 }), { status: 500 }],
    ['with null in its body', always('null', { status: 500 }), { status: 500 }],
    ['with a result of other types', always('{"resultCode":7,"resultMessage":{}}', { status: 429 }), { status: 429 }],
    ['without a body', ({ socket }) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'), { status: 204 }],
    ['although it says OK', always(ok, { status: 201 }), { status: 201 }],
    ['that redirects', always('', { status: 307 }), { status: 307 }],
    [
      'with half a body',
      ({ socket }) => socket.end(`${answer(refusal, { status: 403 })}`.slice(0, -9)),
      { status: 403 },
    ],
    ['and an endless body', endless('HTTP/1.1 503 Busy\r\n\r\n'), { status: 503 }],
  ])('%s', async (_, reply, expected) => {
    const authlete = await wire(reply);
    const error = await clientFor(authlete)
      .token({ parameters: 'a=b' })
      .catch((e) => e);
    expect({ ...error }).toEqual({ name: 'AuthleteError', code: 'ERR_AUTHLETE_STATUS', api: 'token', ...expected });
    expect(error.message).toContain(`status ${error.status}`);
    expect(authlete.requests).toHaveLength(1);
  });

  it('whose message is cut to a length that a log can bear', async () => {
    const client = clientFor(await wire(always(`{"resultMessage":"${'x'.repeat(500_000)}"}`, { status: 400 })));
    const error = await client.token({ parameters: 'a=b' }).catch((e) => e);
    expect(error.message.length).toBeLessThan(2_000);
  });
});

describe('A connection that', () => {
  it.each<[string, Reply]>([
    ['is closed without an answer', ({ socket }) => socket.end()],
    ['is reset without an answer', ({ socket }) => socket.resetAndDestroy()],
    ['is closed in the middle of the headers', ({ socket }) => socket.end(head)],
    ['is closed in the middle of the body', ({ socket }) => socket.end(`${head}Content-Length: 99\r\n\r\n${ok}`)],
    [
      'is closed in the middle of a body that was the last one',
      ({ socket }) => socket.end(`${head}Connection: close\r\nContent-Length: 99\r\n\r\n${ok}`),
    ],
    [
      'turns into something else',
      ({ socket }) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'),
    ],
  ])('%s is ERR_AUTHLETE_UNREACHABLE, and the call is not repeated', async (_, reply) => {
    const authlete = await wire(reply);
    const call = clientFor(authlete).backchannelAuthenticationIssue(request);
    await expect(call).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_UNREACHABLE',
      api: 'backchannelAuthenticationIssue',
      cause: expect.anything(),
    });
    await authlete.firstClosed();
    expect(authlete.requests).toHaveLength(1);
  });

  it('is refused is ERR_AUTHLETE_UNREACHABLE, and tells where', async () => {
    await expect(clientFor({ port: 1 }).token({ parameters: 'a=b' })).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_UNREACHABLE',
      message: expect.stringContaining('http://127.0.0.1:1 (connect ECONNREFUSED'),
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('was closed while it was idle is replaced', async () => {
    const authlete = await wire(always(ok));
    const client = clientFor(authlete);
    await client.token({ parameters: 'a=b' });
    authlete.requests[0]?.socket.end();
    await authlete.allClosed();
    expect(await client.token({ parameters: 'a=b' })).toEqual({ action: 'OK' });
    expect(authlete.opened()).toBe(2);
  });
});

describe('A call of which nothing can have been sent', () => {
  // A connection that is refused in the handshake: TLS has not come up, so no request was written.
  async function refusing(times: number) {
    const { cert, key } = await makeCertificate({ san: [{ type: 'ip', value: '127.0.0.1' }] });
    let left = times;
    const authlete = await wire(always(ok), { cert, key });
    authlete.onConnection((socket) => {
      if (left-- > 0) socket.destroy();
    });
    return {
      authlete,
      client: clientFor(authlete, { baseUrl: `https://127.0.0.1:${authlete.port}`, tls: { ca: cert } }),
    };
  }

  it('is repeated', async () => {
    const { authlete, client } = await refusing(1);
    expect(await client.backchannelAuthenticationIssue(request)).toEqual({ action: 'OK' });
    expect(authlete.opened()).toBe(2);
    expect(authlete.requests).toHaveLength(1);
  });

  it('is repeated once', async () => {
    const { authlete, client } = await refusing(9);
    await expect(client.backchannelAuthenticationIssue(request)).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_UNREACHABLE',
    });
    expect(authlete.opened()).toBe(2);
    expect(authlete.requests).toHaveLength(0);
  });
});

describe('The deadline of a call', () => {
  const timeout = 80;
  const trickle = (start: string): Reply => {
    return ({ socket }) => {
      socket.write(start);
      const timer = setInterval(() => socket.write(' '), 5);
      socket.on('close', () => clearInterval(timer));
    };
  };

  it.each<[string, Reply]>([
    ['no answer', () => {}],
    ['headers that trickle', trickle(`${head}X: `)],
    ['a body that trickles', trickle(`${head}Content-Length: 9999\r\n\r\n`)],
    ['a body that never ends', ({ socket }) => socket.write(`${head}\r\n{`)],
    ['provisional answers only', ({ socket }) => socket.write('HTTP/1.1 102 Processing\r\n\r\n')],
  ])('ends %s: ERR_AUTHLETE_TIMEOUT, and the connection is closed', async (_, reply) => {
    const authlete = await wire(reply);
    await expect(clientFor(authlete, { timeout }).token({ parameters: 'a=b' })).rejects.toMatchObject({
      name: 'AuthleteError',
      code: 'ERR_AUTHLETE_TIMEOUT',
      api: 'token',
      message: expect.stringContaining('within 80 ms'),
    });
    await authlete.firstClosed();
    expect(authlete.requests.length).toBeLessThanOrEqual(1);
  });

  it('goes on while a call waits for a connection, and one whose deadline has passed is never sent', async () => {
    let arrived = () => {};
    const underway = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const authlete = await wire(() => arrived());
    const client = clientFor(authlete, { timeout, connections: 1 });
    const calls = Promise.allSettled([client.token({ parameters: 'hangs' }), client.token({ parameters: 'waits' })]);
    await Promise.race([underway, calls]);
    // Both deadlines pass while nothing can happen, so that no connection is free before the second one.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * timeout);
    const timedOut = { reason: expect.objectContaining({ code: 'ERR_AUTHLETE_TIMEOUT' }), status: 'rejected' };
    expect(await calls).toEqual([timedOut, timedOut]);
    await client.close();
    expect(authlete.requests.map(({ body }) => body)).not.toContainEqual(expect.stringContaining('waits'));
  });
});

describe('The signal of a call', () => {
  it('that is aborted already stops it before anything is sent', async () => {
    const authlete = await wire(always(ok));
    const reason = new Error('the client went away');
    const call = clientFor(authlete).backchannelAuthenticationIssue(request, { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(authlete.opened()).toBe(0);
  });

  it.each<[string, (request: WireRequest) => void]>([
    ['before the answer', () => {}],
    ['in the middle of the answer', ({ socket }) => socket.write(`${head}Content-Length: 99\r\n\r\n{`)],
  ])('ends it %s with its reason, and the connection is closed', async (_, reply) => {
    const authlete = await wire(reply);
    const controller = new AbortController();
    const call = clientFor(authlete).backchannelAuthenticationIssue(request, { signal: controller.signal });
    await authlete.received(1);
    controller.abort('any value');
    await expect(call).rejects.toBe('any value');
    await authlete.firstClosed();
  });

  it('ends it while it waits for a connection, which others go on using', async () => {
    const authlete = await wire(({ socket, body }) => {
      if (!body.includes('slow')) socket.write(answer(ok));
    });
    const client = clientFor(authlete, { connections: 1 });
    const slow = client.token({ parameters: 'slow' });
    await authlete.received(1);
    const controller = new AbortController();
    const waiting = client.token({ parameters: 'given up' }, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });

    authlete.requests[0]?.socket.write(answer(ok));
    expect(await slow).toEqual({ action: 'OK' });
    expect(await client.token({ parameters: 'next' })).toEqual({ action: 'OK' });
    expect(authlete.requests).toHaveLength(2);
    expect(authlete.opened()).toBe(1);
  });
});
