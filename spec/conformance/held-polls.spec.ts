import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { AskedSignal } from '../support/asked-signal.js';
import { authMethods, modes } from './clients.js';
import { acknowledged, expectError, expectTokens } from './expectations.js';
import { decide, poll } from './messages.js';
import { type NotifiedRun, startNotifiedRun } from './notified-run.js';

const signal = new AskedSignal();
let { endpoint, clients, run, close } = {} as NotifiedRun;
beforeAll(async () => {
  ({ endpoint, clients, run, close } = await startNotifiedRun({ signal }));
}, 60_000);
afterAll(() => close?.());

const variants = authMethods.flatMap((authMethod) => modes.map((mode) => ({ authMethod, mode })));

describe.each(variants)('a client of $authMethod and $mode whose poll is held', ({ authMethod, mode }) => {
  /** A poll that is held, and its client's user. */
  async function held() {
    const client = clients.client(authMethod, mode);
    const { authReqId } = await acknowledged(run, client);
    const arrived = signal.nextPoll();
    const answer = poll(run, client, authReqId);
    await arrived;
    return { client, authReqId, answer };
  }

  it('gets tokens when the user approves', async () => {
    const { client, authReqId, answer } = await held();
    await decide(run, authReqId, 'allow');
    await expectTokens(run, client, await answer);
    if (mode === 'ping') (await endpoint.notification(authReqId)).answer(204);
  });

  it('hears that the user rejected', async () => {
    const { authReqId, answer } = await held();
    await decide(run, authReqId, 'deny');
    expectError(await answer, 400, 'access_denied');
    if (mode === 'ping') (await endpoint.notification(authReqId)).answer(204);
  });

  it('hears that the request is pending when it polls again meanwhile, and that poll is held', async () => {
    const { client, authReqId, answer } = await held();
    const second = poll(run, client, authReqId);
    expectError(await answer, 400, 'authorization_pending');
    await decide(run, authReqId, 'allow');
    await expectTokens(run, client, await second);
    if (mode === 'ping') (await endpoint.notification(authReqId)).answer(204);
  });
});
