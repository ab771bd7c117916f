// A process with an endpoint that pending.ts measures, the client that asks it, and an AuthleteApi that answers at once: what
// is left is this package.

import { createServer } from 'node:http';
import { cibaBackchannel, later } from 'ciba-backchannel';
import { Agent, request } from 'undici';

let waiting = 0;
let issued = 0;
let lengths = 0;

/** As `deliveryMode` has it. */
const authleteOf = (deliveryMode) => ({
  async backchannelAuthentication() {
    // As fresh as if it had been parsed.
    return {
      action: 'USER_IDENTIFICATION',
      ticket: `ticket-${issued}-0123456789012345678901234567890`,
      clientId: '4326385670913792',
      clientName: 'Bank teller',
      deliveryMode,
      scopes: [{ name: 'openid' }],
      hintType: 'LOGIN_HINT',
      hint: 'alice',
      bindingMessage: 'W4-7',
      requestedExpiry: 0,
      userCodeRequired: false,
    };
  },
  async backchannelAuthenticationIssue() {
    issued += 1;
    const authReqId = `auth-req-id-${issued}-012345678901234567890`;
    const responseContent = `{"auth_req_id":"${authReqId}","expires_in":600,"interval":5}`;
    return { action: 'OK', responseContent, authReqId, expiresIn: 600, interval: 5 };
  },
  async backchannelAuthenticationFail() {
    throw new Error('nothing is to fail here');
  },
  async backchannelAuthenticationComplete() {
    return { action: 'NO_ACTION' };
  },
});

const user = { subject: 'alice' };

async function listen(authenticate, deliveryMode = 'POLL') {
  const authlete = authleteOf(deliveryMode);
  const ciba = cibaBackchannel({
    authlete,
    logger: false,
    identifyUser: () => user,
    ...(authenticate && { authenticate }),
  });
  const server = createServer(ciba);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { ciba, server, url: `http://127.0.0.1:${server.address().port}/` };
}

const dispatcher = new Agent({ connections: 16 });

async function ask(url, count) {
  const one = async () => {
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'scope=openid&login_hint=alice&binding_message=W4-7',
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`answered ${statusCode}`);
  };
  for (let done = 0; done < count; done += 50) await Promise.all(Array.from({ length: 50 }, one));
}

/** Microseconds of CPU time for a request, the client's share included. */
async function cpu(requests) {
  const before = process.cpuUsage();
  await ask(idle.url, requests);
  const { user: inCode, system } = process.cpuUsage(before);
  return (inCode + system) / requests;
}

async function heap() {
  for (let i = 0; i < 3; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

const idle = await listen();
const asking = await listen(
  () =>
    new Promise(() => {
      waiting += 1;
    }),
);
const leaving = await listen((transaction) => {
  lengths += transaction.handle.length;
  return later();
}, 'PING');
await ask(idle.url, 5_000);
await ask(asking.url, 500);
await ask(leaving.url, 500);

/** Bytes of the heap for each of so many. */
async function bytesOf(url, count) {
  const empty = await heap();
  await ask(url, count);
  return ((await heap()) - empty) / count;
}

async function fill(count) {
  const before = waiting;
  const bytes = { hook: await bytesOf(asking.url, count), later: await bytesOf(leaving.url, count) };
  if (waiting - before !== count || lengths === 0) throw new Error('not every transaction is pending');
  return bytes;
}

process.on('message', async ({ requests, pending }) => {
  process.send(requests ? { cpu: await cpu(requests) } : await fill(pending));
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
