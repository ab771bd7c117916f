import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuthleteApi } from 'ciba-backchannel';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { type Receiver, receiverCertificate, startReceiver, statuses } from '../support/receiver.js';
import { serving } from '../support/serving.js';
import type { ReportedSpan, TracingCommand, TracingMessage, TracingSettings } from './tracing-process.js';

const service = { serviceId: '715948317', accessToken: 'a-token' };
const authorization = `Basic ${btoa('shop:secret-of-the-shop')}`;

let receiver: Receiver;
let authlete: AuthleteApi;
let children: ChildProcess[];
beforeEach(async () => {
  children = [];
  receiver = await startReceiver(statuses(204));
  authlete = await embeddedAuthlete({
    issuer: 'https://as.example.com',
    clients: [
      {
        client_id: 'shop',
        client_secret: 'secret-of-the-shop',
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: receiver.url,
      },
    ],
  });
});
afterEach(async () => {
  for (const child of children) {
    child.disconnect();
    await once(child, 'exit');
  }
  await receiver.close();
});

/** A process of the provider, and the next message of a kind from it. */
async function start(instrumented: boolean) {
  const { port: authletePort } = await serving(authleteRouter(authlete, service));
  const settings: TracingSettings = {
    instrumented,
    authlete: { baseUrl: `http://127.0.0.1:${authletePort}`, ...service },
    ca: (await receiverCertificate()).cert,
  };
  const script = fileURLToPath(new URL('tracing-process.ts', import.meta.url));
  const child = fork(script, [JSON.stringify(settings)], { execArgv: ['--import', 'tsx'] });
  children.push(child);
  const messages: TracingMessage[] = [];
  child.on('message', (message: TracingMessage) => messages.push(message));
  async function next<T>(pick: (message: TracingMessage) => T | undefined): Promise<T> {
    for (;;) {
      const index = messages.findIndex((message) => pick(message) !== undefined);
      if (index >= 0) return pick(messages.splice(index, 1)[0] as TracingMessage) as T;
      await once(child, 'message');
    }
  }
  const tell = (command: TracingCommand) => child.send(command);
  async function spans(): Promise<ReportedSpan[]> {
    tell({ report: true });
    return next((message) => ('spans' in message ? message.spans : undefined));
  }
  const port = await next((message) => ('port' in message ? message.port : undefined));
  return { url: `http://127.0.0.1:${port}`, tell, next, spans };
}

async function post(url: string, form: Record<string, string>): Promise<Record<string, string>> {
  const response = await fetch(url, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) });
  return (await response.json()) as Record<string, string>;
}

/** A request at one process, its completion and its ping at another, and the tokens at the first. */
async function story(instrumented: boolean) {
  const [serving, completing] = [await start(instrumented), await start(instrumented)];
  const { auth_req_id = '' } = await post(serving.url, {
    scope: 'openid',
    login_hint: 'alice',
    client_notification_token: 'a-notification-token-of-the-spec',
  });
  const handle = await serving.next((message) => ('handle' in message ? message.handle : undefined));
  completing.tell({ complete: handle });
  await completing.next((message) => ('completed' in message ? true : undefined));
  const tokens = await post(`${serving.url}/token`, {
    grant_type: 'urn:openid:params:grant-type:ciba',
    auth_req_id,
  });
  expect(tokens).toHaveProperty('access_token');
  expect(receiver.received).toHaveLength(1);
  return { serving: await serving.spans(), completing: await completing.spans() };
}

/** Each span below what it happened in, as text: `SERVER POST > ciba token`. */
function paths(spans: ReportedSpan[]): string[] {
  const nameOf = ({ name, kind }: ReportedSpan) => (kind === 'INTERNAL' ? name : `${kind} ${name}`);
  function path(span: ReportedSpan): string {
    const parent = spans.find(({ spanId }) => spanId === span.parent);
    return parent ? `${path(parent)} > ${nameOf(span)}` : nameOf(span);
  }
  return spans.map(path).sort();
}

describe('With the HTTP and undici instrumentations', () => {
  it('every span is there once, each where it belongs, and what another process does is linked', async () => {
    const { serving, completing } = await story(true);
    const request = 'SERVER POST > ciba backchannel_authentication';
    expect(paths(serving)).toEqual(
      [
        'SERVER POST',
        request,
        `${request} > authlete backchannelAuthentication`,
        `${request} > authlete backchannelAuthentication > CLIENT POST`,
        `${request} > ciba hook identifyUser`,
        `${request} > ciba hook policy`,
        `${request} > authlete backchannelAuthenticationIssue`,
        `${request} > authlete backchannelAuthenticationIssue > CLIENT POST`,
        'ciba hook authenticate',
        'SERVER POST',
        'SERVER POST > ciba token',
        'SERVER POST > ciba token > authlete token',
        'SERVER POST > ciba token > authlete token > CLIENT POST',
      ].sort(),
    );
    expect(paths(completing)).toEqual(
      [
        'ciba complete',
        'ciba complete > authlete backchannelAuthenticationComplete',
        'ciba complete > authlete backchannelAuthenticationComplete > CLIENT POST',
        'ciba notify',
        'ciba notify > CLIENT POST',
      ].sort(),
    );
    expectLinks(serving, completing);
  });
});

describe('Without them', () => {
  it('the spans are those of this package', async () => {
    const { serving, completing } = await story(false);
    const request = 'ciba backchannel_authentication';
    expect(paths(serving)).toEqual(
      [
        request,
        `${request} > authlete backchannelAuthentication`,
        `${request} > ciba hook identifyUser`,
        `${request} > ciba hook policy`,
        `${request} > authlete backchannelAuthenticationIssue`,
        'ciba hook authenticate',
        'ciba token',
        'ciba token > authlete token',
      ].sort(),
    );
    expect(paths(completing)).toEqual(
      ['ciba complete', 'ciba complete > authlete backchannelAuthenticationComplete', 'ciba notify'].sort(),
    );
    expectLinks(serving, completing);
  });
});

/** What happens later is a trace of its own, and leads back to the request. */
function expectLinks(serving: ReportedSpan[], completing: ReportedSpan[]): void {
  const request = serving.find(({ name }) => name === 'ciba backchannel_authentication');
  const linked = [...serving, ...completing].filter(({ links }) => links.length > 0);
  expect(linked.map(({ name }) => name).sort()).toEqual(['ciba complete', 'ciba hook authenticate', 'ciba notify']);
  for (const { links, traceId } of linked) {
    expect(links).toEqual([request?.spanId]);
    expect(traceId).not.toBe(request?.traceId);
  }
}
