/*
 * The agent: it asks, waits and pays. run.ts kills its process and starts another one, which runs the same lines.
 * Its store is in the parent process, as a database would be in another process: see store.ts.
 */
import { cibaClient } from 'ciba-backchannel/client';
import * as openid from 'openid-client';
import { parentStore } from './store.js';

const { ISSUER = '', BANK = '', INVOICE = '', KEY = '' } = process.env;

const config = await openid.discovery(new URL(ISSUER), 'teller', undefined, openid.ClientSecretBasic('teller-secret'), {
  execute: [openid.allowInsecureRequests],
});
const approvals = cibaClient({ config, store: parentStore(), keys: [KEY] });

await approvals.ask(INVOICE, { scope: 'openid', login_hint: 'alice', binding_message: 'TRIP-4711' });
process.send?.({ told: 'has asked, now or before it was killed, and waits' });
const { state } = await approvals.wait(INVOICE);
process.send?.({ told: `gets the answer: ${state}` });
if (state === 'approved' || state === 'using') {
  await approvals.use(INVOICE, async ({ fetch, attempt }) => {
    process.send?.({ told: `pays, attempt ${attempt}` });
    await fetch(`${BANK}/payments`, { method: 'POST', headers: { 'idempotency-key': INVOICE } });
  });
  process.send?.({ told: 'has paid' });
}
await approvals.close();
process.disconnect?.();
