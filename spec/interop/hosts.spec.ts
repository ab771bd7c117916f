import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as openid from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import { makeCertificate } from '../support/certificates.js';
import { type Section, sectionsOf } from '../support/page-listings.js';
import { freePort, newProject, type Project } from '../support/project.js';

interface Host {
  /** Heading on the page. */
  section: string;
  file: string;
  /** The issuer's path. */
  prefix?: string;
  /** Exchanged in the listing, and in what is installed. */
  replace?: [string, string];
}

const hosts: [string, Host][] = [
  ['Express 5', { section: 'Express', file: 'server.mjs' }],
  ['Express 4', { section: 'Express', file: 'server.mjs', replace: ['express', 'express@4'] }],
  ['Connect', { section: 'Connect', file: 'server.mjs' }],
  ['node:http', { section: 'node:http', file: 'server.mjs' }],
  ['NestJS, app.use', { section: 'NestJS', file: 'main.mts' }],
  ['NestJS, a module with a global prefix', { section: 'NestJS', file: 'module.mts', prefix: '/as' }],
  ['Fastify', { section: 'Fastify', file: 'server.mjs' }],
  ['Koa', { section: 'Koa', file: 'server.mjs' }],
  ['Hono on Node', { section: 'Hono', file: 'server.mjs' }],
];

/** Calls the functions that route files export, at the paths of their folders, as Next.js does. */
const nextLike = `
import { serve } from '@hono/node-server';
const routes = new Map();
for (const path of ['/backchannel/authentication', '/token', '/.well-known/openid-configuration', '/jwks']) {
  routes.set(path, await import('./app' + path + '/route.mjs'));
}
serve({
  port: Number(process.env.PORT),
  fetch(request) {
    const handler = routes.get(new URL(request.url).pathname)?.[request.method];
    return handler ? handler(request, { params: Promise.resolve({}) }) : new Response(null, { status: 405 });
  },
});`;

describe("a newcomer's project made from docs/hosts.md", () => {
  const page = sectionsOf('docs/hosts.md');
  const start = page.get('Hosts');
  let project: Project;

  beforeAll(async () => {
    project = await newProject();
    await project.install(start?.packages ?? []);
    for (const [name, source] of start?.files ?? []) await project.write(name, source);
  }, 180_000);

  afterEach(() => project.stop());
  afterAll(() => project.remove());

  async function startHost({ section, file, prefix = '', replace: [from, to] = ['', ''] }: Host): Promise<string> {
    const { files, packages } = page.get(section) ?? { files: new Map(), packages: [] };
    await project.install(packages.map((name) => (name === from ? to : name)));
    const other = /@\d/.test(to) ? from : to;
    for (const [name, source] of files) await project.write(name, source.replaceAll(`'${from}'`, `'${other}'`));
    const port = await freePort();
    const issuer = `http://localhost:${port}${prefix}`;
    await project.start(file, { PORT: String(port), ISSUER: issuer });
    return issuer;
  }

  it.each(hosts)(
    'takes a client to its tokens on %s',
    async (_, host) => {
      const issuer = await startHost(host);
      await getsTokens(issuer);
      await refusesWhatItMust(issuer);
      await endsWhenItsPortIsTaken(host.file, issuer);
    },
    120_000,
  );

  async function endsWhenItsPortIsTaken(file: string, issuer: string): Promise<void> {
    const { port } = new URL(issuer);
    const options = file.endsWith('.mts') ? ['--import=tsx'] : [];
    const started = project.run(process.execPath, [...options, file], { PORT: port, ISSUER: issuer });
    const { message } = await started.then(
      () => new Error('it ended with 0'),
      (error: Error) => error,
    );
    expect(message).toContain(`Port ${port} cannot be used (EADDRINUSE). Try another one: PORT=${Number(port) + 1}\n`);
    expect(message).not.toMatch(/^ +at /m);
  }

  it('leaves the rate limit and CORS to the plugins of Fastify', async () => {
    const { files, packages } = page.get('Fastify') as Section;
    await project.install([...packages, '@fastify/cors', '@fastify/rate-limit']);
    const plugins = `import cors from '@fastify/cors';
      import limit from '@fastify/rate-limit';
      const app = Fastify();
      await app.register(cors, { origin: 'https://shop.example' });
      await app.register(limit, { max: 2 });`;
    const listing = files.get('server.mjs') as string;
    expect(listing).toContain('const app = Fastify();');
    await project.write('limited.mjs', listing.replace('const app = Fastify();', plugins));
    const port = await freePort();
    await project.start('limited.mjs', { PORT: String(port), ISSUER: `http://localhost:${port}` });
    const poll = { method: 'POST', body: new URLSearchParams({ grant_type: 'x' }) };
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await fetch(`http://localhost:${port}/token`, poll));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 429]);
    expect(answers[0]?.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  }, 60_000);

  it('takes a client to its tokens on HTTP/2, and over HTTP/1.1 beside it', async () => {
    const { cert, key } = await makeCertificate({ san: [{ type: 'dns', value: 'localhost' }] });
    await project.write('cert.pem', cert);
    await project.write('key.pem', key);
    const listing = page.get('HTTP/2')?.files.get('server.mjs') ?? '';
    await project.write('server.mjs', listing);
    const port = await freePort();
    const issuer = `https://localhost:${port}`;
    await project.start('server.mjs', { PORT: String(port), ISSUER: issuer });

    const dispatcher = new Agent({ connect: { ca: cert } });
    const overTls = (url: string, options: object) => undiciFetch(url, { ...options, dispatcher });
    await getsTokens(issuer, overTls as unknown as openid.CustomFetch);
    await dispatcher.close();

    const session = connect(issuer, { ca: cert });
    const stream = session.request({
      ':method': 'POST',
      ':path': '/backchannel/authentication',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa('teller:a-secret')}`,
    });
    stream.end('scope=openid&login_hint=alice');
    expect(JSON.parse(await text(stream))).toMatchObject({ auth_req_id: expect.any(String) });
    session.close();
  }, 60_000);

  it("takes a client to its tokens through Next.js's route handlers", async () => {
    await project.install(page.get('Hono')?.packages ?? []);
    for (const [name, source] of page.get('Next.js')?.files ?? []) await project.write(name, source);
    await project.write('next-like.mjs', nextLike);
    const port = await freePort();
    const issuer = `http://localhost:${port}`;
    await project.start('next-like.mjs', { PORT: String(port), ISSUER: issuer });
    await getsTokens(issuer);
  }, 60_000);
});

async function getsTokens(issuer: string, fetch?: openid.CustomFetch): Promise<void> {
  const config = await openid.discovery(
    new URL(issuer),
    'teller',
    undefined,
    openid.ClientSecretBasic('a-secret'),
    fetch ? { [openid.customFetch]: fetch } : { execute: [openid.allowInsecureRequests] },
  );
  if (fetch) config[openid.customFetch] = fetch;
  const acknowledgement = await openid.initiateBackchannelAuthentication(config, {
    scope: 'openid',
    login_hint: 'alice',
  });
  const tokens = await openid.pollBackchannelAuthenticationGrant(config, acknowledgement);
  expect(tokens.claims()).toMatchObject({ sub: 'alice', iss: issuer });
}

/** What goes wrong where a framework answers in our place. */
async function refusesWhatItMust(issuer: string): Promise<void> {
  const url = `${issuer}/backchannel/authentication`;
  const authorization = `Basic ${btoa('teller:a-secret')}`;
  const cases: [status: number, error: string, init: RequestInit][] = [
    [405, 'invalid_request', { method: 'PUT', body: 'a=b' }],
    [400, 'invalid_request', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
    [400, 'invalid_request', { method: 'POST', body: '<x/>', headers: { 'content-type': 'text/xml' } }],
    [401, 'invalid_client', { method: 'POST', body: new URLSearchParams({ scope: 'openid' }) }],
    [
      400,
      'unknown_user_id',
      {
        method: 'POST',
        body: new URLSearchParams({ scope: 'openid', login_hint: 'nobody' }),
        headers: { authorization },
      },
    ],
  ];
  for (const [status, error, init] of cases) {
    const response = await fetch(url, init);
    expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store']);
    expect(await response.json()).toMatchObject({ error });
  }
}
