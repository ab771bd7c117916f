import { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { deferred, never } from '../support/deferred.js';
import { leavingClient } from '../support/leaving-client.js';
import { rawPost } from '../support/raw-client.js';
import { issued, ticket } from '../support/stub-authlete.js';

const released = { ticket, reason: 'SERVER_ERROR' };
describe('a client that leaves', () => {
  // On Node 20 and 22 `finish` comes all the same.
  it('with a reset just before the answer is written is asked nothing', async () => {
    const left = deferred();
    const { client, events, settled } = await leavingClient({
      backchannelAuthenticationIssue: async () => {
        // Wait for the client to be there; from here to the answer nothing looks at the socket.
        await left.promise;
        client.socket.resetAndDestroy();
        return issued;
      },
    });
    left.resolve();
    await client.closed();
    expect((await settled()).slice(2)).toEqual([
      {
        api: 'backchannelAuthenticationComplete',
        request: { ticket, result: 'TRANSACTION_FAILED', subject: 'alice' },
      },
    ]);
    expect(events).toEqual([expect.objectContaining({ type: 'completed', result: 'TRANSACTION_FAILED' })]);
  });

  it.each([true, false])('between issue and the answer is asked nothing (with authenticate: %s)', async (asking) => {
    const { client, events, settled } = await leavingClient(
      { backchannelAuthenticationIssue: issued },
      {
        ...(!asking && { authenticate: undefined }),
        clientCertificate: (req) => {
          // Nobody has noticed yet when the answer is written.
          const { res } = req as typeof req & { res: ServerResponse };
          res.writeHead = function writeHead(this: ServerResponse, ...args: [number]) {
            req.socket.destroy();
            return ServerResponse.prototype.writeHead.apply(this, args);
          } as typeof res.writeHead;
          return undefined;
        },
      },
      (ciba) => (req, res) => ciba(Object.assign(req, { res }), res),
    );
    await client.closed();
    const calls = (await settled()).slice(2);
    const failed = { ticket, result: 'TRANSACTION_FAILED', subject: 'alice' };
    if (asking) {
      expect(calls).toEqual([{ api: 'backchannelAuthenticationComplete', request: failed }]);
      expect(events).toEqual([expect.objectContaining({ type: 'completed', result: 'TRANSACTION_FAILED' })]);
    } else expect(calls).toEqual([{ api: 'backchannelAuthenticationFail', request: released }]);
  });
});

describe('a client that sends the next request before it has the answer to the first, and leaves', () => {
  it('has both tickets released', async () => {
    const both = deferred();
    let running = 0;
    const { client, events, settled } = await leavingClient(
      {},
      {
        identifyUser: () => {
          running += 1;
          if (running === 2) both.resolve();
          return never;
        },
      },
    );
    client.write(rawPost('scope=openid&login_hint=bob'));
    await both.promise;
    client.leave();
    const calls = await settled();
    expect(calls.filter(({ api }) => api === 'backchannelAuthenticationFail')).toHaveLength(2);
    expect(events).toHaveLength(2);
  });

  it('is asked nothing when the second has been issued', async () => {
    const second = deferred();
    let issues = 0;
    const { client, settled } = await leavingClient({
      backchannelAuthenticationIssue: () => {
        issues += 1;
        if (issues === 1) return never;
        second.resolve();
        return issued;
      },
    });
    client.write(rawPost('scope=openid&login_hint=bob'));
    await second.promise;
    await new Promise(setImmediate);
    client.leave();
    const calls = (await settled()).map(({ api }) => api).slice(4);
    expect(calls.sort()).toEqual(['backchannelAuthenticationComplete', 'backchannelAuthenticationFail']);
  });
});
