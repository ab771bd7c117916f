import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';
import * as openid from 'openid-client';
import { describeWith } from '../support/describe-with.js';
import { sectionsOf } from '../support/page-listings.js';
import { freePort, newProject, type Project, type Running } from '../support/project.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';
import { postgres } from './requirements.js';

/** What the page leaves to the host: the user's phone is a log line that the spec reads. */
const bank = `
export const findUser = ({ hint }) => (hint === 'alice' ? { subject: 'alice' } : undefined);
export const notifyPhone = async (user, handle) => console.log('PHONE ' + handle);
`;

describeWith(postgres, 'the server of docs/production.md, twice', () => {
  let database: PostgresServer;
  let project: Project;
  let issuer: string;
  let processes: Running[];
  let engine: Server;

  beforeAll(async () => {
    database = await startPostgres();
    const ports = [await freePort(), await freePort()];
    // There is no proxy here: requests go to the first process, tokens are asked for at the second.
    issuer = `http://localhost:${ports[0]}`;
    const authlete = await embeddedAuthlete({
      issuer,
      endpoints: { token_endpoint: `http://localhost:${ports[1]}/token` },
      clients: [{ client_id: 'teller', client_secret: 'a-secret', backchannel_token_delivery_mode: 'poll' }],
    });
    engine = createServer(authleteRouter(authlete, { serviceId: '1', accessToken: 'token' })).listen(0, '127.0.0.1');
    await once(engine, 'listening');
    const { files, packages } = sectionsOf('docs/production.md').get('A server') ?? { files: new Map(), packages: [] };
    project = await newProject();
    await project.install(packages);
    await project.write('bank.mjs', bank);
    await project.write('migrate.mjs', files.get('migrate.mjs'));
    await project.write('server.mjs', files.get('server.mjs'));
    const environment = {
      AUTHLETE_URL: `http://127.0.0.1:${(engine.address() as AddressInfo).port}`,
      AUTHLETE_SERVICE: '1',
      AUTHLETE_TOKEN: 'token',
      DATABASE_URL: database.url,
      HANDLE_KEYS: 'a-key-of-at-least-32-bytes-for-specs',
      PUBLIC_URL: issuer,
      DRAIN_MS: '0',
    };
    await project.run('node', ['migrate.mjs'], environment);
    processes = await Promise.all(
      ports.map((port) => project.start('server.mjs', { ...environment, PORT: String(port) })),
    );
  }, 240_000);

  afterAll(async () => {
    await project?.stop();
    await project?.remove();
    engine?.closeAllConnections();
    engine?.close();
    await database?.remove();
  });

  it('gives a poll that is held by one process its tokens when the other takes the decision, and stops when asked to', async () => {
    const config = await openid.discovery(new URL(issuer), 'teller', undefined, openid.ClientSecretBasic('a-secret'), {
      execute: [openid.allowInsecureRequests],
    });
    expect((await fetch(`${issuer}/health`)).status).toBe(200);
    const acknowledgement = await openid.initiateBackchannelAuthentication(config, {
      scope: 'openid',
      login_hint: 'alice',
      binding_message: 'PAY-1',
    });
    const [, handle] = await (processes[0] as Running).prints(/^PHONE (.+)$/m);
    const tokens = openid.pollBackchannelAuthenticationGrant(config, { ...acknowledgement, interval: 0 });
    const decided = await fetch(`${issuer}/decisions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ handle, approved: true }),
    });
    expect(await decided.json()).toEqual({ action: 'NO_ACTION' });
    expect((await tokens).claims()).toMatchObject({ sub: 'alice' });

    const again = await fetch(`${issuer}/decisions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ handle, approved: false }),
    });
    expect([again.status, await again.json()]).toEqual([409, { code: 'ERR_COMPLETE_REFUSED' }]);

    const [first, second] = processes as [Running, Running];
    expect(await Promise.all([first.end('SIGTERM'), second.end('SIGINT')])).toEqual([0, 0]);
  }, 60_000);
});
