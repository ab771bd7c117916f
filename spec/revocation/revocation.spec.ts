import { describe, expect, it } from '@jest/globals';
import { cibaCompletion, cibaRevocation } from 'ciba-backchannel';
import { authenticationDevice } from 'ciba-backchannel/device';
import supertest from 'supertest';
import { expectError } from '../support/answers.js';
import { approvalsOf, cibaServer, discover, request } from '../support/ciba-server.js';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { serving } from '../support/serving.js';
import { type Reply, stubAuthlete } from '../support/stub-authlete.js';

const assertion = (sub: string) => `h.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.s`;

async function start(reply: Reply = { action: 'OK' }, failure?: Error) {
  const withdrawn: unknown[] = [];
  const authlete = stubAuthlete({ revocation: reply });
  async function withdraw(...given: unknown[]) {
    withdrawn.push(given);
    if (failure) throw failure;
  }
  const server = await serving(cibaRevocation({ authlete, withdraw, logger: false }));
  const post = (form: Record<string, string>) => supertest(server).post('/').type('form').send(form);
  return { authlete, withdrawn, post };
}

describe('cibaRevocation', () => {
  it('answers 200 when Authlete has nothing against it, and withdraws what the token may stand for', async () => {
    const { authlete, withdrawn, post } = await start();
    const answer = await post({ token: 'x' }).auth('agent', 'secret');
    expect(answer).toMatchObject({ status: 200, body: {}, headers: { 'cache-control': 'no-store' } });
    expect(authlete.requests('revocation')).toEqual([
      { parameters: 'token=x', clientId: 'agent', clientSecret: 'secret' },
    ]);
    expect(withdrawn).toEqual([['x', { clientId: 'agent' }]]);
  });

  it.each<[string, Record<string, string>, string | undefined]>([
    ['the form', { client_id: 'agent' }, 'agent'],
    ['an assertion', { client_assertion: assertion('agent') }, 'agent'],
    ['both, as one', { client_id: 'agent', client_assertion: assertion('agent') }, 'agent'],
    ['both, as two', { client_id: 'agent', client_assertion: assertion('other') }, undefined],
    ['nothing', {}, undefined],
    ['an assertion that is none', { client_assertion: 'x' }, undefined],
  ])('takes the client from %s', async (_, form, clientId) => {
    const { withdrawn, post } = await start();
    expect((await post({ token: 'x', ...form })).status).toBe(200);
    expect(withdrawn).toEqual(clientId === undefined ? [] : [['x', { clientId }]]);
  });

  it.each([
    ['INVALID_CLIENT', 401],
    ['BAD_REQUEST', 400],
    ['INTERNAL_SERVER_ERROR', 500],
  ])('passes %s on as %d, and withdraws nothing', async (action, status) => {
    const { withdrawn, post } = await start({ action, responseContent: '{"error":"of_the_stub"}' });
    const answer = await post({ token: 'x', client_id: 'agent' });
    expectError(answer, status, 'of_the_stub');
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Basic realm="CIBA"' : undefined);
    expect(withdrawn).toEqual([]);
  });

  it('answers 500 when the host cannot withdraw', async () => {
    const { post } = await start({ action: 'OK' }, new Error('the store is away'));
    expectError(await post({ token: 'x', client_id: 'agent' }), 500, 'server_error');
  });

  it('refuses an API that cannot revoke', () => {
    const { revocation: _, ...authlete } = stubAuthlete();
    expect(() => cibaRevocation({ authlete } as never)).toThrow(TypeError);
  });

  it('turns requests away after close()', async () => {
    const endpoint = cibaRevocation({ authlete: stubAuthlete(), logger: false });
    expect(await endpoint.close()).toEqual({ requests: 0 });
    const answer = await endpoint.fetch(new Request('https://as.example/revoke', { method: 'POST', body: '' }));
    expect(answer.status).toBe(503);
  });
});

describe('A client that withdraws its request', () => {
  concurrently('has the question leave the phone', async () => {
    const handleKeys = ['a key of at least thirty-two characters'];
    const [asked, decided] = [deferred(), deferred<unknown>()];
    const phone = authenticationDevice({
      origin: 'https://login.bank.example',
      rp: { id: 'bank.example', name: 'Example Bank' },
      user: () => undefined,
      stepUp: () => false,
      link: () => asked.resolve(),
      complete(handle, decision) {
        decided.resolve(decision);
        return completion.complete(handle, decision);
      },
      logger: false,
    });
    const endpoints = { revocation_endpoint: '/revoke' };
    const server = await cibaServer({
      engine: { endpoints },
      hooks: { handleKeys, authenticate: phone.authenticate },
    });
    const { authlete } = server;
    const completion = cibaCompletion({ authlete, handleKeys, logger: false });
    server.app.use('/revoke', cibaRevocation({ authlete, withdraw: phone.withdraw, logger: false }));

    const approvals = approvalsOf({ config: await discover(server.issuer) });
    await approvals.ask('invoice-1', request);
    await asked.promise;
    expect(await approvals.withdraw('invoice-1')).toMatchObject({ state: 'withdrawn' });
    expect(await decided.promise).toMatchObject({ result: 'TRANSACTION_FAILED' });
    await completion.close();
    await phone.close();
  });
});
