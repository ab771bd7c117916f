import type { RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { cibaBackchannel, cibaDiscovery, cibaToken, later } from 'ciba-backchannel';
import request from 'supertest';
import { expectAnswer } from '../support/answers.js';
import { deferred } from '../support/deferred.js';
import { endpoints, judgement, judging } from '../support/endpoints.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { stubAuthlete } from '../support/stub-authlete.js';

// Requests that are no `Request` of Node: those of other libraries, and of Azure Functions, which have no signal.

const form = 'scope=openid&login_hint=alice';
const type = 'application/x-www-form-urlencoded';

function post(): Request {
  return new Request('https://as.example.com/token', { method: 'POST', body: form, headers: { 'Content-Type': type } });
}

/** As Azure Functions give it: the members of a `Request` that they have, around one of another realm. */
function azureRequest(): Request {
  const { url, method, headers, body, bodyUsed } = post();
  return { url, method, headers, body, bodyUsed, params: {}, query: new URLSearchParams() } as never;
}

/** The body of a library of its own: no stream of Node's, and read by its reader only. */
function foreignBody(): Request {
  const chunks = [form.slice(0, 9), form.slice(9)].map((text) => new TextEncoder().encode(text));
  const read = async () => {
    const value = chunks.shift();
    return value ? { done: false, value } : { done: true, value: undefined };
  };
  const body = { locked: false, getReader: () => ({ read, cancel: async () => {}, releaseLock() {} }) };
  return {
    url: 'https://as.example.com/token',
    method: 'POST',
    headers: new Headers({ 'Content-Type': type }),
    body,
  } as never;
}

describe.each(endpoints)('%s().fetch', (_, endpoint) => {
  it.each([
    ['without a signal', azureRequest],
    ['whose body is of another library', foreignBody],
  ])('serves a Request %s', async (_, make) => {
    const { authlete, middleware } = judging(endpoint);
    const response = await middleware.fetch(make());
    expect([response.status, await response.text()]).toEqual([400, judgement]);
    expect(authlete.requests(endpoint.api)).toEqual([{ parameters: form }]);
  });

  it.each([undefined, null, 7, {}, { method: 'POST' }, { method: 'POST', headers: 7 }])(
    'answers server_error to %p, and never rejects',
    async (nonsense) => {
      const logger = recordingLogger();
      const { authlete, middleware } = judging(endpoint, { logger });
      const response = await middleware.fetch(nonsense as never);
      expect([response.status, await response.json()]).toEqual([500, { error: 'server_error' }]);
      expect(authlete.calls).toEqual([]);
      expect(logger.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
    },
  );
});

/** Not imported by its name, since its types bring those of the DOM, which the package has to do without. */
async function adapted(handler: (request: Request) => Promise<Response>): Promise<RequestListener> {
  const name = '@whatwg-node/server';
  const { createServerAdapter } = (await import(name)) as {
    createServerAdapter(handle: typeof handler): RequestListener;
  };
  return createServerAdapter(handler);
}

describe('In a server of @whatwg-node/server', () => {
  it('the endpoint serves, and the user is asked', async () => {
    const asked = deferred<string>();
    const authlete = stubAuthlete();
    const ciba = cibaBackchannel<{ subject: string }, Request>({
      authlete,
      identifyUser: ({ hint }) => ({ subject: hint }),
      authenticate: ({ subject }) => {
        asked.resolve(subject);
        return later();
      },
    });
    const server = await serving(await adapted(ciba.fetch));
    expectAnswer(await request(server).post('/').type('form').send(form), 200);
    expect(await asked.promise).toBe('alice');
    expect(authlete.requests('backchannelAuthentication')).toEqual([{ parameters: form }]);
  });

  it('the token endpoint and the documents serve', async () => {
    const authlete = stubAuthlete();
    const [token, discovery] = [cibaToken<Request>({ authlete }), cibaDiscovery({ authlete })];
    const server = await serving(await adapted((req) => (req.method === 'POST' ? token : discovery).fetch(req)));
    expectAnswer(await request(server).post('/token').type('form').send('grant_type=x'), 200);
    expect((await request(server).get('/jwks')).body).toEqual({ keys: [] });
    expect((await request(server).get('/other')).status).toBe(404);
  });
});

it('cibaDiscovery().fetch answers server_error to anything but a Request, and never rejects', async () => {
  const { fetch } = cibaDiscovery({ authlete: stubAuthlete(), logger: false });
  for (const nonsense of [undefined, {}, { method: 'GET', headers: new Headers(), url: 'no URL' }]) {
    expect((await fetch(nonsense as never)).status).toBe(500);
  }
});
