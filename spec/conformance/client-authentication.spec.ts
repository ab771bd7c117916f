import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { makeCertificate } from '../support/certificates.js';
import { type Client, type Clients, makeClients } from './clients.js';
import { acknowledged, expectAcknowledgement, expectError } from './expectations.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { type Answer, ask, type Credentials, credentialsOf, poll, signer } from './messages.js';

let run: FapiRun;
let clients: Clients;
beforeAll(async () => {
  clients = await makeClients();
  run = await startRun(clients.file);
}, 60_000);
afterAll(() => run?.close());

interface Endpoint {
  name: string;
  request(client: Client, credentials: Credentials): Promise<Answer>;
  /** Of a client that has authenticated. */
  expectAccepted(answer: Answer): void;
}

const endpoints: Endpoint[] = [
  {
    name: 'the backchannel authentication endpoint',
    request: (client, credentials) => ask(run, client, { credentials }),
    expectAccepted: expectAcknowledgement,
  },
  {
    name: 'the token endpoint',
    async request(client, credentials) {
      const { authReqId } = await acknowledged(run, client);
      return poll(run, client, authReqId, credentials);
    },
    expectAccepted: (answer) => expectError(answer, 400, 'authorization_pending'),
  },
];

describe.each(endpoints)('at $name', ({ request, expectAccepted }) => {
  describe('an assertion', () => {
    let client: Client;
    let other: Client;
    beforeAll(() => {
      client = clients.client('private_key_jwt', 'poll');
      other = clients.client('private_key_jwt', 'poll', 2);
    });

    it('has to be there', async () => {
      const credentials = { form: { client_id: client.id }, certificate: client.certificate };
      expectError(await request(client, credentials), 401, 'invalid_client');
    });

    it('signed with RS256 is refused', async () => {
      const credentials = await credentialsOf(run, client, { sign: signer(client.key, { alg: 'RS256' }) });
      expectError(await request(client, credentials), 401, 'invalid_client');
    });

    it('signed by another client is refused', async () => {
      const credentials = await credentialsOf(run, client, { sign: signer(other.key) });
      expectError(await request(client, credentials), 401, 'invalid_client');
    });

    it.each(['issuer', 'token_endpoint', 'backchannel_authentication_endpoint'])('may be for the %s', async (name) => {
      const credentials = await credentialsOf(run, client, { assertion: { aud: run.metadata[name] as string } });
      expectAccepted(await request(client, credentials));
    });

    it('for another server is refused', async () => {
      const assertion = { aud: 'https://www.other1.example.com/' };
      expectError(await request(client, await credentialsOf(run, client, { assertion })), 401, 'invalid_client');
    });

    it('that has expired is refused', async () => {
      const assertion = { exp: run.now() - 120 };
      expectError(await request(client, await credentialsOf(run, client, { assertion })), 401, 'invalid_client');
    });

    it('is good for one request', async () => {
      const credentials = await credentialsOf(run, client);
      expectAccepted(await request(client, credentials));
      expectError(await request(client, credentials), 401, 'invalid_client');
    });

    it('may have its client_id beside it', async () => {
      const { form, certificate } = await credentialsOf(run, client);
      expectAccepted(await request(client, { form: { ...form, client_id: client.id }, certificate }));
    });

    it('may not have the client_id of another client beside it', async () => {
      const { form, certificate } = await credentialsOf(run, client);
      const answer = await request(client, { form: { ...form, client_id: other.id }, certificate });
      expectError(answer, 401, 'invalid_client');
    });
  });

  describe('a certificate', () => {
    let client: Client;
    beforeAll(() => {
      client = clients.client('mtls', 'poll');
    });

    it('has to be there', async () => {
      expectError(await request(client, { form: { client_id: client.id } }), 401, 'invalid_client');
    });

    it('of another client is refused', async () => {
      const { certificate } = clients.client('mtls', 'poll', 2);
      expectError(await request(client, { form: { client_id: client.id }, certificate }), 401, 'invalid_client');
    });

    it('that has the same name and another key is refused', async () => {
      const certificate = await makeCertificate({ subject: `CN=${client.id}` });
      expectError(await request(client, { form: { client_id: client.id }, certificate }), 401, 'invalid_client');
    });
  });
});

describe('the id of another client, with its own certificate', () => {
  let client: Client;
  let credentials: Credentials;
  beforeAll(() => {
    client = clients.client('mtls', 'poll');
    credentials = { form: { client_id: clients.client('mtls', 'poll', 2).id }, certificate: client.certificate };
  });

  it('and a request object of its own is refused', async () => {
    expectError(await ask(run, client, { credentials }), 401, 'invalid_client');
  });

  it('and a request object in the name of the other is refused', async () => {
    const claims = { iss: clients.client('mtls', 'poll', 2).id };
    expectError(await ask(run, client, { claims, credentials }), 401, 'invalid_client');
  });

  it('does not get as far as invalid_grant at the token endpoint', async () => {
    const { authReqId } = await acknowledged(run, client);
    expectError(await poll(run, client, authReqId, credentials), 401, 'invalid_client');
  });
});

describe('a request that fails for its client', () => {
  it('leaves the auth_req_id to the one that it belongs to', async () => {
    const client = clients.client('private_key_jwt', 'poll');
    const { authReqId } = await acknowledged(run, client);
    const credentials = await credentialsOf(run, client, { assertion: { exp: run.now() - 120 } });
    expectError(await poll(run, client, authReqId, credentials), 401, 'invalid_client');
    expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
  });
});
