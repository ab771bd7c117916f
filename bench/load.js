// The clients, in a process of their own: keep-alive connections that each send one request after the other, as bytes,
// and look at every answer.

import { connect } from 'node:net';

const body =
  'scope=openid%20email&login_hint=alice&binding_message=W4-7&acr_values=urn%3Amace%3Aincommon%3Aiap%3Asilver';
const authentication = Buffer.from(
  'POST /backchannel/authentication HTTP/1.1\r\n' +
    'Host: 127.0.0.1\r\n' +
    `Authorization: Basic ${Buffer.from('teller:secret-of-the-teller').toString('base64')}\r\n` +
    'Content-Type: application/x-www-form-urlencoded\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`,
);

/** A request for a protected resource. */
const resource = (path) =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${'t'.repeat(43)}\r\n\r\n`);

/** The first answer in the text and where it ends, once it is there. */
function parse(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1]);
  const stop = end + 4 + length;
  if (Number.isNaN(length)) throw new Error('an answer without a Content-Length');
  return text.length < stop ? undefined : { head, body: text.slice(end + 4, stop), stop };
}

function isAcknowledgement({ head, body }) {
  return head.startsWith('HTTP/1.1 200 ') && /"auth_req_id": ?"[\w-]{20,}"/.test(body);
}

function isResource({ head, body }) {
  return head.startsWith('HTTP/1.1 200 ') && body === '{"owner":"alice"}';
}

/** @returns {Promise<{ seconds: number, failures: number, example: string }>} */
function load({ port, requests, connections, path }) {
  const request = path === undefined ? authentication : resource(path);
  const isRight = path === undefined ? isAcknowledgement : isResource;
  return new Promise((resolve, reject) => {
    let left = requests;
    let open = connections;
    let failures = 0;
    let example = '';
    const start = process.hrtime.bigint();

    for (let i = 0; i < connections; i++) {
      const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
      let received = '';
      const next = () => {
        if (left-- > 0) return socket.write(request);
        socket.end();
      };
      socket.on('connect', next);
      socket.on('data', (text) => {
        received += text;
        const answer = parse(received);
        if (!answer) return;
        if (!isRight(answer)) failures++;
        example = `${answer.head}\n\n${answer.body}`;
        received = received.slice(answer.stop);
        next();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        open--;
        if (open === 0) resolve({ seconds: Number(process.hrtime.bigint() - start) / 1e9, failures, example });
      });
    }
  });
}

process.on('message', async (wanted) => {
  process.send(await load(wanted));
});
process.on('disconnect', () => process.exit());
