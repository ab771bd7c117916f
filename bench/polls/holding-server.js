// An authorization server on the embedded engine whose users decide when the benchmark says so. With HOLD set, polls are
// held for so many milliseconds.

import { createServer } from 'node:http';
import { authorized, cibaBackchannel, cibaToken, decisionSignal, later } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';

const hold = Number(process.env.HOLD ?? 0);
const signal = decisionSignal();
const handles = new Map();

const authlete = await embeddedAuthlete({
  issuer: 'https://as.example.com',
  clients: [{ client_id: 'teller', client_secret: 'secret-of-the-teller', backchannel_token_delivery_mode: 'poll' }],
});
const ciba = cibaBackchannel({
  authlete,
  identifyUser: () => ({ subject: 'alice' }),
  authenticate({ authReqId, handle }) {
    handles.set(authReqId, handle);
    return later();
  },
  decided: signal,
});
const token = cibaToken({ authlete, ...(hold > 0 && { longPolling: { signal, hold } }) });

const server = createServer((req, res) => (req.url === '/token' ? token : ciba)(req, res));
// Clients poll every 5 s, which is also when Node.js would close an idle connection: some polls would meet that.
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', async ({ approve }) => {
  await ciba.complete(handles.get(approve), authorized());
  // Of the clock that all processes have in common.
  process.send({ approved: approve, at: String(process.hrtime.bigint()) });
});
process.on('disconnect', () => process.exit());
