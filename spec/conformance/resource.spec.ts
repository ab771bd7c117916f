import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authMethods, type Client, type Clients, makeClients } from './clients.js';
import { tokensOf } from './expectations.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { type Answer, getAccounts, send } from './messages.js';

let run: FapiRun;
let clients: Clients;
beforeAll(async () => {
  clients = await makeClients();
  run = await startRun(clients.file);
}, 60_000);
afterAll(() => run?.close());

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function expectAccounts(answer: Answer): void {
  expect(answer).toMatchObject({ status: 200, body: { accounts: expect.any(Array) } });
  expect(answer.headers['content-type']).toMatch(/^application\/json(; charset=utf-8)?$/);
}

describe.each(authMethods)('the access token of a client that authenticates by %s', (authMethod) => {
  let client: Client;
  let accessToken: string;
  beforeAll(async () => {
    client = clients.client(authMethod, 'poll');
    accessToken = (await tokensOf(run, client)).accessToken;
  });

  it('opens the accounts on a connection with the certificate that it is bound to', async () => {
    expectAccounts(await getAccounts(run, accessToken, client));
  });

  it.each(['application/json', 'application/json;charset=UTF-8', 'application/json, application/*+json, */*', '*/*'])(
    'opens them for a client that accepts %s',
    async (accept) => {
      const headers = { accept, 'accept-charset': 'UTF-8' };
      expectAccounts(await getAccounts(run, accessToken, { certificate: client.certificate, headers }));
    },
  );

  it('is refused with another certificate', async () => {
    const { certificate } = clients.client(authMethod, 'poll', 2);
    expectRefused(await getAccounts(run, accessToken, { certificate }));
  });

  it('is refused without a certificate', async () => {
    expectRefused(await getAccounts(run, accessToken));
  });

  it('is refused in the query', async () => {
    const url = `${run.issuer}/accounts?access_token=${accessToken}`;
    expectRefused(await send(run, url, { certificate: client.certificate }));
  });

  it('is refused when it is over', async () => {
    const { accessToken: shortLived } = await tokensOf(run, client);
    run.advance(3600);
    expectRefused(await getAccounts(run, shortLived, client));
    accessToken = (await tokensOf(run, client)).accessToken;
  });
});

/** RFC 6750, section 3. */
function expectRefused(answer: Answer): void {
  expect(answer.status).toBe(401);
  expect(answer.headers['www-authenticate']).toMatch(/^Bearer\b/);
  expect(answer.headers['x-fapi-interaction-id']).toMatch(uuid);
  expect(answer.text).not.toContain('accounts');
}

describe('the answer', () => {
  let client: Client;
  let accessToken: string;
  beforeAll(async () => {
    client = clients.client('private_key_jwt', 'poll');
    accessToken = (await tokensOf(run, client)).accessToken;
  });

  it('has the interaction id of the request', async () => {
    const headers = {
      'x-fapi-interaction-id': 'c770aef3-6784-41f7-8e0e-ff5f97bddb3a',
      'x-fapi-auth-date': 'Tue, 11 Sep 2012 19:43:31 GMT',
      'x-fapi-customer-ip-address': '2001:db8::1893:25c8:1946',
    };
    const answer = await getAccounts(run, accessToken, { certificate: client.certificate, headers });
    expectAccounts(answer);
    expect(answer.headers['x-fapi-interaction-id']).toBe(headers['x-fapi-interaction-id']);
  });

  it('has a new interaction id where the request has none', async () => {
    const answers = [await getAccounts(run, accessToken, client), await getAccounts(run, accessToken, client)];
    const ids = answers.map(({ headers }) => headers['x-fapi-interaction-id']);
    expect(ids).toEqual([expect.stringMatching(uuid), expect.stringMatching(uuid)]);
    expect(new Set(ids).size).toBe(2);
  });

  it('has a date', async () => {
    const { headers } = await getAccounts(run, accessToken, client);
    // The form of RFC 9110, section 5.6.7.
    expect(headers.date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  });
});
