// What transactions cost whose `authenticate` hook waits for the user: memory for each, and the speed of the endpoint
// while 10,000 wait. In one process, with an AuthleteApi that answers at once: what is left is this package.

import { createServer } from 'node:http';
import { cibaBackchannel } from 'ciba-backchannel';
import { Agent, request } from 'undici';

const pending = 10_000;
const sample = 3_000;
const rounds = 7;

let waiting = 0;
let issued = 0;

const authlete = {
  async backchannelAuthentication() {
    // As fresh as if it had been parsed.
    return {
      action: 'USER_IDENTIFICATION',
      ticket: `ticket-${issued}-0123456789012345678901234567890`,
      clientId: '4326385670913792',
      clientName: 'Bank teller',
      deliveryMode: 'POLL',
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
};

const user = { subject: 'alice' };

async function listen(authenticate) {
  const ciba = cibaBackchannel({ authlete, identifyUser: () => user, ...(authenticate && { authenticate }) });
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
async function cpu(url) {
  const before = process.cpuUsage();
  await ask(url, sample);
  const { user: inCode, system } = process.cpuUsage(before);
  return (inCode + system) / sample;
}

async function heap() {
  for (let i = 0; i < 3; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const idle = await listen();
const asking = await listen(
  () =>
    new Promise(() => {
      waiting += 1;
    }),
);
await ask(idle.url, 5_000);
await ask(asking.url, 500);

const quiet = [];
for (let i = 0; i < rounds; i += 1) quiet.push(await cpu(idle.url));
const empty = await heap();
const before = waiting;
await ask(asking.url, pending);
const bytes = ((await heap()) - empty) / (waiting - before);
const busy = [];
for (let i = 0; i < rounds; i += 1) busy.push(await cpu(idle.url));

console.log(
  `\n${waiting - before} pending transactions with a waiting hook: ${Math.round(bytes)} bytes each (wanted: under 4096)`,
);
console.log(
  `A request, client included: ${median(quiet).toFixed(0)} µs of CPU with none pending, ${median(busy).toFixed(0)} µs with ${waiting} ` +
    `pending; speed ${(median(quiet) / median(busy)).toFixed(2)}`,
);
if (waiting - before !== pending || bytes >= 4096) process.exitCode = 1;

await asking.ciba.close({ timeout: 0 });
for (const { server } of [idle, asking]) server.close();
await dispatcher.close();
