// Run as a process of its own, since jest hides unhandled rejections: lets everything that the endpoints wait for fail
// after the answer is out, and prints how many answers there were, and the rejections that nobody handled.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cibaBackchannel, cibaDiscovery, cibaToken } from 'ciba-backchannel';
import { deferred } from './deferred.js';
import { issued, stubAuthlete } from './stub-authlete.js';

const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));

const late = deferred<never>();
const wait = () => late.promise;
const timeout = 50;
const identifyUser = () => ({ subject: 'alice' });

const listeners: RequestListener[] = [
  cibaBackchannel({ authlete: stubAuthlete({ backchannelAuthentication: wait }), identifyUser, timeout }),
  cibaBackchannel({ authlete: stubAuthlete(), identifyUser: wait, timeout }),
  cibaBackchannel({ authlete: stubAuthlete(), identifyUser, policy: [wait], timeout }),
  cibaBackchannel({ authlete: stubAuthlete({ backchannelAuthenticationIssue: wait }), identifyUser, timeout }),
  cibaBackchannel({
    authlete: stubAuthlete({ backchannelAuthenticationFail: wait }),
    identifyUser: () => null,
    timeout,
  }),
  cibaToken({ authlete: stubAuthlete({ token: wait }), timeout }),
  cibaToken({ authlete: stubAuthlete({ token: { action: 'PASSWORD' } }), otherGrant: wait, timeout }),
  cibaBackchannel({
    // The hook is given up before it fails.
    authlete: stubAuthlete({ backchannelAuthenticationIssue: { ...issued, expiresIn: 0.01 } }),
    identifyUser,
    authenticate: wait,
    onEvent: () => late.promise,
  }),
  cibaBackchannel({
    authlete: stubAuthlete({ backchannelAuthenticationComplete: wait }),
    identifyUser,
    authenticate: () => Promise.reject(new Error('at once')),
    timeout,
  }),
];

let answers = 0;
async function ask(listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/openid-configuration`;
  const body = new URLSearchParams({ scope: 'openid' });
  if (listeners.includes(listener)) {
    await (await fetch(url, { method: 'POST', body })).json();
    answers += 1;
  } else {
    // It waits for what has no deadline of its own, so its client leaves.
    await fetch(url, { signal: AbortSignal.timeout(timeout) }).catch(() => {});
  }
  server.closeAllConnections();
  server.close();
}
await Promise.all([...listeners, cibaDiscovery({ authlete: stubAuthlete({ configuration: wait }) })].map(ask));
late.reject(new Error('late'));
await new Promise((resolve) => setTimeout(resolve, 3 * timeout));
process.stdout.write(JSON.stringify({ answers, unhandled }));
process.exit();
