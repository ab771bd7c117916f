import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { cibaBackchannel } from 'ciba-backchannel';
import { never } from '../support/deferred.js';
import { fakeOnly } from '../support/fake-timers.js';
import { type Reply, stubAuthlete, valid } from '../support/stub-authlete.js';

// Time passes when the specs say so, by the monotonic clock as well.
beforeEach(() => {
  fakeOnly('performance', 'setTimeout', 'clearTimeout');
});

afterEach(() => {
  jest.useRealTimers();
});

const identifyUser = () => ({ subject: 'alice' });
const body = new URLSearchParams({ scope: 'openid', login_hint: 'alice' });
const turn = () => new Promise(setImmediate);

/** An endpoint with hooks that wait for users who do not answer. */
async function waiting(hooks: number, replies: Record<string, Reply> = {}) {
  const aborted: AbortSignal[] = [];
  const authenticate = ({ signal }: { signal: AbortSignal }) => {
    signal.addEventListener('abort', () => aborted.push(signal));
    return never;
  };
  let tickets = 0;
  const backchannelAuthentication = () => {
    tickets += 1;
    return { ...valid, ticket: `ticket-${tickets}` };
  };
  const authlete = stubAuthlete({ backchannelAuthentication, ...replies });
  const ciba = cibaBackchannel({ authlete, identifyUser, authenticate, logger: false });
  for (let i = 0; i < hooks; i += 1) {
    await (await ciba.fetch(new Request('https://as.example.com/', { method: 'POST', body }))).text();
  }
  await turn();
  return { authlete, ciba, aborted };
}

describe('close() that is out of time', () => {
  it('ends a second later at the latest, though Authlete does not answer', async () => {
    const { ciba } = await waiting(3, { backchannelAuthenticationComplete: () => never });
    let closed: unknown;
    const closing = ciba.close({ timeout: 0 }).then((left) => {
      closed = left;
    });
    let passed = 0;
    for (; closed === undefined && passed < 20_000; passed += 50) {
      jest.advanceTimersByTime(50);
      for (let turns = 0; turns < 5; turns += 1) await turn();
    }
    expect(passed).toBeLessThanOrEqual(1_200);
    await closing;
    expect(closed).toEqual({ transactions: 3, deliveries: 0 });
  });

  it('ends many hooks in portions, between which everything else goes on', async () => {
    const { authlete, ciba, aborted } = await waiting(600);
    const closing = ciba.close({ timeout: 0 });
    const counts = new Set<number>();
    for (let turns = 0; aborted.length < 600 && turns < 100; turns += 1) {
      counts.add(aborted.length);
      jest.advanceTimersByTime(1);
      await turn();
    }
    expect([...counts].filter((count) => count > 0 && count < 600)).not.toEqual([]);
    expect(await closing).toEqual({ transactions: 600, deliveries: 0 });
    expect(authlete.requests('backchannelAuthenticationComplete')).toHaveLength(600);
  });
});
