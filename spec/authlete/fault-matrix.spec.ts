import { describe, expect, it } from '@jest/globals';
import {
  type AuthleteClient,
  authorized,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  later,
  reject,
} from 'ciba-backchannel';
import request from 'supertest';
import { ask } from '../support/asking.js';
import { controlDeadlines, letTimePass } from '../support/deadline.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { authReqId, clientId, issued, ticket, valid } from '../support/stub-authlete.js';
import { accessToken, always, answer, clientFor, type Reply, type Wire, wire } from './wire.js';

// Every call to Authlete meets every fault, over real connections: the right answer within the deadline, one release for
// each ticket, no secret in the log, no connection left.

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

/** Milliseconds. */
const callTimeout = 8_000;

const hangs: Reply = () => letTimePass(callTimeout);
const trickles: Reply = ({ socket }) => {
  socket.write(`${head}Content-Length: 9999\r\n\r\n`);
  socket.on('close', () => clearInterval(trickle));
  const trickle = setInterval(() => {
    socket.write(' ');
    // So that nothing comes of a timer that each byte resets.
    letTimePass(callTimeout / 10);
  }, 1);
};
const neverEnds: Reply = ({ socket }) => {
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  socket.on('close', () => clearInterval(flood));
  const flood = setInterval(() => socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`), 1);
};

/** Those that a client may outlast. */
const passes = /connection|half an answer|hangs|trickles|429|503/;

const faults: [string, Reply][] = [
  ['closes the connection', ({ socket }) => socket.end()],
  ['resets the connection', ({ socket }) => socket.resetAndDestroy()],
  [
    'gives half an answer',
    ({ socket }) => socket.end(`${head}Content-Length: 99\r\n\r\n{"action":"OK","ticket":"${ticket}"`),
  ],
  ['hangs', hangs],
  ['trickles', trickles],
  ['never ends', neverEnds],
  [
    'answers 400 and repeats what it was sent',
    ({ socket, headers, body }) => {
      const resultMessage = `${headers.authorization} ${body}`;
      socket.write(answer(JSON.stringify({ resultMessage }), { status: 400 }));
    },
  ],
  ['answers 401', always('{}', { status: 401 })],
  ['answers 429', always('{}', { status: 429 })],
  ['answers 500', always('{}', { status: 500 })],
  ['answers 503', always('{}', { status: 503 })],
  ['answers in HTML', always('<html>', { type: 'text/html' })],
  ['answers half a JSON', always(`{"ticket":"${ticket}",`)],
  ['answers an array', always('[]')],
  ['answers with wrong types', always('{"action":{"toString":1},"ticket":7,"responseContent":[],"resultMessage":{}}')],
  ['answers with depths', always(`{"action":${deep},"responseContent":${deep},"resultMessage":${deep}}`)],
];

const refreshToken = 'refresh-token-of-the-stub-2e8b';

const fine: Record<string, object> = {
  '/backchannel/authentication': { ...valid, clientId: Number(clientId) },
  '/backchannel/authentication/issue': issued,
  '/backchannel/authentication/fail': { action: 'FORBIDDEN', responseContent: '{"error":"access_denied"}' },
  '/backchannel/authentication/complete': { action: 'NO_ACTION' },
  '/auth/token': { action: 'OK', responseContent: `{"refresh_token":"${refreshToken}"}` },
  '/auth/token/revoke': { count: 1 },
  '/auth/introspection': { action: 'OK' },
  '/service/configuration': { issuer: 'https://as.example.com', jwks_uri: 'https://as.example.com/jwks' },
  '/service/jwks/get': { keys: [] },
};

/** JSON.stringify() knows no depth that is too deep since Node.js 26. */
function canWriteDepths(): boolean {
  try {
    return JSON.stringify(JSON.parse(deep)) === deep;
  } catch {
    return false;
  }
}

/** What keeps a process alive, by kind, but for what the specs and their runner have open. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind === 'Timeout' || kind === 'TCPSocketWrap' || kind === 'TCPConnectWrap')
      counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Of the endpoints, in milliseconds: longer than a call. */
const timeout = 10_000;

/** An Authlete with a fault in one of its calls. */
async function faulty(path: string, fault: Reply) {
  const authlete = await wire((request) => {
    const called = request.path.replace('/api/1234567890', '');
    if (called === path) fault(request);
    else request.socket.write(answer(JSON.stringify(fine[called])));
  });
  const client = clientFor(authlete, { timeout: callTimeout, maxResponseBytes: 1_000_000 });
  return { authlete, client, logger: recordingLogger() };
}

const calls = (authlete: Wire, path: string) =>
  authlete.requests.filter((request) => request.path.endsWith(path)).length;

async function nothingIsLeft({ authlete, client, logger }: Awaited<ReturnType<typeof faulty>>): Promise<void> {
  await client.close();
  await authlete.allClosed();
  const { userCode, clientNotificationToken } = valid;
  for (const secret of [ticket, accessToken, refreshToken, authReqId, userCode, clientNotificationToken]) {
    expect(logger.text()).not.toContain(secret);
  }
}

describe.each(faults)('When Authlete %s', (name, fault) => {
  controlDeadlines();

  // Where nothing but the status and a JSON object is promised, these will do.
  const isJsonObject = /wrong types|depths/.test(name);

  it.each([
    ['backchannelAuthentication', '/backchannel/authentication', 0],
    ['issue', '/backchannel/authentication/issue', 1],
  ])('in %s, the client gets a server error, and a ticket is released once', async (_, path, releases) => {
    const run = await faulty(path, fault);
    const ciba = cibaBackchannel({
      authlete: run.client,
      identifyUser: () => ({ subject: 'alice' }),
      logger: run.logger,
      timeout,
    });
    const { status, body } = await ask(ciba);
    expect([status, body]).toEqual([passes.test(name) ? 503 : 500, { error: 'server_error' }]);
    expect(await ciba.close()).toEqual({ transactions: 0, deliveries: 0 });
    expect(calls(run.authlete, '/fail')).toBe(releases);
    await nothingIsLeft(run);
  });

  it('in fail, the client gets the refusal all the same', async () => {
    const run = await faulty('/backchannel/authentication/fail', fault);
    const policy = () => reject('ACCESS_DENIED');
    const identifyUser = () => ({ subject: 'alice' });
    const ciba = cibaBackchannel({ authlete: run.client, identifyUser, policy, logger: run.logger, timeout });
    const { status, body } = await ask(ciba);
    expect([status, body.error]).toEqual([403, 'access_denied']);
    await ciba.close();
    expect(calls(run.authlete, '/fail')).toBe(1);
    await nothingIsLeft(run);
  });

  it('in complete, whoever completes gets an error with a code', async () => {
    const run = await faulty('/backchannel/authentication/complete', fault);
    let handle = '';
    const ciba = cibaBackchannel({
      authlete: run.client,
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: (transaction) => {
        handle = transaction.handle;
        return later();
      },
      logger: run.logger,
      timeout,
    });
    expect((await ask(ciba)).status).toBe(200);
    await expect(ciba.complete(handle, authorized())).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
    await ciba.close({ timeout: 0 });
    expect(calls(run.authlete, '/fail')).toBe(0);
    await nothingIsLeft(run);
  });

  it('in token, the client gets a server error', async () => {
    const run = await faulty('/auth/token', fault);
    const { status, body } = await ask(cibaToken({ authlete: run.client, logger: run.logger, timeout }));
    expect([status, body]).toEqual([passes.test(name) ? 503 : 500, { error: 'server_error' }]);
    expect(calls(run.authlete, '/auth/token')).toBe(1);
    await nothingIsLeft(run);
  });

  it('in tokenRevoke, the client is refused all the same, and the log says that tokens live on', async () => {
    const run = await faulty('/auth/token/revoke', fault);
    const policy = () => reject('ACCESS_DENIED');
    const token = cibaToken({ authlete: run.client, policy, logger: run.logger, timeout });
    const { status, body } = await ask(token);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
    await token.close();
    expect(calls(run.authlete, '/auth/token/revoke')).toBe(1);
    if (!isJsonObject) expect(run.logger.text()).toContain('could not be revoked');
    await nothingIsLeft(run);
  });

  it.each([
    ['configuration', '/service/configuration'],
    ['jwks', '/service/jwks/get'],
  ])('in %s, discovery answers server_error, and everything else is served', async (_api, path) => {
    const run = await faulty(path, fault);
    const discovery = cibaDiscovery({ authlete: run.client, logger: run.logger });
    const server = await serving((req, res) => discovery(req, res, () => res.end('the rest')));
    const answer = await request(server).get('/.well-known/openid-configuration');
    // What members the documents have is the provider's business, as long as they can be written.
    const canBeWritten = name === 'answers with wrong types' || (name === 'answers with depths' && canWriteDepths());
    expect(answer.status).toBe(canBeWritten ? 200 : passes.test(name) ? 503 : 500);
    expect((await request(server).get('/other')).text).toBe('the rest');
    await nothingIsLeft(run);
  });

  it('in introspection, whoever asks gets an error with a code, or what Authlete said', async () => {
    const run = await faulty('/auth/introspection', fault);
    const asked = run.client.introspection({ token: accessToken });
    if (isJsonObject) expect(typeof (await asked)).toBe('object');
    else await expect(asked).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_AUTHLETE_/) });
    await nothingIsLeft(run);
  });
});

describe('When nothing listens where Authlete should be', () => {
  it.each<[string, (client: AuthleteClient) => Promise<unknown>]>([
    ['backchannelAuthentication', (client) => client.backchannelAuthentication({ parameters: 'scope=openid' })],
    ['backchannelAuthenticationIssue', (client) => client.backchannelAuthenticationIssue({ ticket })],
    [
      'backchannelAuthenticationFail',
      (client) => client.backchannelAuthenticationFail({ ticket, reason: 'ACCESS_DENIED' }),
    ],
    [
      'backchannelAuthenticationComplete',
      (client) => client.backchannelAuthenticationComplete({ ticket, result: 'ACCESS_DENIED', subject: 'alice' }),
    ],
    ['token', (client) => client.token({ parameters: 'grant_type=x' })],
    ['tokenRevoke', (client) => client.tokenRevoke({ refreshTokenIdentifier: refreshToken })],
    ['introspection', (client) => client.introspection({ token: refreshToken })],
    ['configuration', (client) => client.configuration()],
    ['jwks', (client) => client.jwks()],
  ])('%s is unreachable, and leaves neither timer nor socket', async (api, call) => {
    const before = resources();
    const client = clientFor({ port: 1 });
    await expect(call(client)).rejects.toMatchObject({ code: 'ERR_AUTHLETE_UNREACHABLE', api });
    await client.close();
    await new Promise(setImmediate);
    // What closes takes a moment; what stays has the spec time out.
    const isMore = () => Object.entries(resources()).some(([kind, count]) => count > (before[kind] ?? 0));
    while (isMore()) await new Promise(setImmediate);
  });

  it('clients of both endpoints get a server error', async () => {
    const client = clientFor({ port: 1 });
    const logger = recordingLogger();
    const ciba = cibaBackchannel({ authlete: client, identifyUser: () => ({ subject: 'alice' }), logger, timeout });
    expect((await ask(ciba)).status).toBe(503);
    expect((await ask(cibaToken({ authlete: client, logger, timeout }))).status).toBe(503);
  });
});
