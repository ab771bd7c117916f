// Clients that poll and wait: one connection for each, all opened when told, and never a byte more than needed.

import { connect } from 'node:net';

const grant = encodeURIComponent('urn:openid:params:grant-type:ciba');
const authorization = `Basic ${Buffer.from('teller:secret-of-the-teller').toString('base64')}`;
let sockets = [];

function poll(port, i) {
  return new Promise((resolve, reject) => {
    const form = `grant_type=${grant}&auth_req_id=${encodeURIComponent(`auth-req-id-${i}-012345678901234567890`)}`;
    const socket = connect(port, '127.0.0.1', resolve).on('error', reject).resume();
    socket.write(
      `POST /token HTTP/1.1\r\nHost: as.example.com\r\nAuthorization: ${authorization}\r\nAccept: application/json\r\n` +
        `User-Agent: openid-client/v6\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
    );
    sockets.push(socket);
  });
}

process.on('message', async ({ port, count }) => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  for (let i = 0; i < count; ) {
    const connecting = [];
    for (let n = 0; n < 200 && i < count; n += 1, i += 1) connecting.push(poll(port, i));
    await Promise.all(connecting);
  }
  process.send({ polling: count });
});
process.on('disconnect', () => process.exit());
