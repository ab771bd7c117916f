import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { concurrently } from '../support/concurrently.js';
import { answer, clientFor, type Reply, type Wire, wire } from './wire.js';

const ok = '{"action":"OK"}';
const parameters = 'a=b';

/** Refuses so many calls for now, then takes them. */
function refusing(times: number, status: number, header: string): Reply {
  let left = times;
  return ({ socket }) => {
    if (left-- > 0) socket.write(`HTTP/1.1 ${status} Later\r\n${header}\r\nContent-Length: 2\r\n\r\n{}`);
    else socket.write(answer(ok));
  };
}

/** Milliseconds from the first request to the second, as the server saw them. */
async function gap(authlete: Wire, call: Promise<unknown>): Promise<number> {
  await authlete.received(1);
  const first = performance.now();
  await authlete.received(2);
  const second = performance.now();
  await call;
  return second - first;
}

const perSecond = 20;
const burstSize = 200;

/** Takes so many calls in each second, and refuses the others. The burst is one second, however slow this machine is. */
function limited(withHeader: boolean): Reply {
  let arrived = 0;
  let begun = 0;
  let second = 0;
  let taken = 0;
  return ({ socket }) => {
    arrived += 1;
    if (arrived === burstSize) begun = performance.now();
    const now = arrived <= burstSize ? 0 : 1 + Math.floor((performance.now() - begun) / 1_000);
    if (now !== second) [second, taken] = [now, 0];
    if (taken >= perSecond) {
      const header = withHeader ? 'Retry-After: 1\r\n' : '';
      socket.write(`HTTP/1.1 429 Too Many Requests\r\n${header}Content-Length: 2\r\n\r\n{}`);
      return;
    }
    taken += 1;
    socket.write(answer(ok));
  };
}

async function burst(withHeader: boolean) {
  const authlete = await wire(limited(withHeader));
  const client = clientFor(authlete, { timeout: 10_000 });
  const calls = Array.from({ length: burstSize }, () => client.token({ parameters }));
  const outcomes = await Promise.allSettled(calls);
  const answered = outcomes.filter(({ status }) => status === 'fulfilled').length;
  return { answered, calls: authlete.requests.length };
}

const httpDate = (milliseconds: number) => new Date(Date.now() + milliseconds).toUTCString();

describe('A call that Authlete refuses for now', () => {
  concurrently('is repeated after the time that it names, and before as long again has passed', async () => {
    const answers: [number, string][] = [
      [429, 'Retry-After: 1'],
      [503, 'Retry-After: 1'],
      [429, 'RateLimit-Reset: 1'],
      [503, 'RateLimit-Reset: 1'],
      [429, 'Retry-After: 1\r\nRateLimit-Reset: 999999'],
      [429, 'Retry-After: soon\r\nRateLimit-Reset: 1'],
    ];
    const checks = answers.map(async ([status, header]) => {
      const authlete = await wire(refusing(1, status, header));
      const call = clientFor(authlete).token({ parameters });
      const waited = await gap(authlete, call);
      expect(await call).toEqual({ action: 'OK' });
      expect(waited).toBeGreaterThan(950);
      expect(waited).toBeLessThan(3_000);
      const [first, second] = authlete.requests;
      expect([second?.path, second?.body, second?.headers]).toEqual([first?.path, first?.body, first?.headers]);
    });
    await Promise.all(checks);
  });

  concurrently('with a date is repeated', async () => {
    const authlete = await wire(refusing(1, 503, `Retry-After: ${httpDate(1_500)}`));
    expect(await clientFor(authlete).token({ parameters })).toEqual({ action: 'OK' });
  });

  concurrently('is repeated once at most', async () => {
    const authlete = await wire(refusing(9, 429, 'Retry-After: 0'));
    await expect(clientFor(authlete).token({ parameters })).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_STATUS',
      status: 429,
    });
    expect(authlete.requests).toHaveLength(2);
  });

  it.each([
    ['says nothing of a later time', 429, 'X: y', {}],
    ['says it in no form that is known', 429, 'Retry-After: soon', {}],
    ['asks for more time than the call has', 429, 'Retry-After: 60', {}],
    ['asks for nearly all of the time that the call has', 503, 'Retry-After: 5', { timeout: 6_000 }],
    ['asks for a date beyond that time', 503, `Retry-After: ${httpDate(3_600_000)}`, {}],
    ['has another status', 500, 'Retry-After: 0', {}],
    ['refuses for good', 403, 'Retry-After: 0', {}],
  ])('is not repeated when it %s', async (_, status, header, config) => {
    const authlete = await wire(refusing(9, status, header));
    await expect(clientFor(authlete, config).token({ parameters })).rejects.toMatchObject({ status });
    expect(authlete.requests).toHaveLength(1);
  });

  it('is not repeated when the answer would be of no use to the caller any more', async () => {
    const authlete = await wire(refusing(9, 429, 'Retry-After: 2'));
    await expect(clientFor(authlete).token({ parameters }, { within: 2_000 })).rejects.toMatchObject({ status: 429 });
    expect(authlete.requests).toHaveLength(1);
  });

  concurrently('has what is left of its time for the repetition, and not all of it again', async () => {
    const authlete = await wire((wireRequest) => {
      if (authlete.requests.length === 1) refusing(1, 429, 'Retry-After: 0')(wireRequest);
    });
    const begun = performance.now();
    await expect(clientFor(authlete, { timeout: 1_500 }).token({ parameters })).rejects.toMatchObject({
      code: 'ERR_AUTHLETE_TIMEOUT',
    });
    expect(performance.now() - begun).toBeLessThan(2_900);
  });

  it('ends with the reason of its signal when that is aborted while it waits', async () => {
    const authlete = await wire(refusing(1, 429, 'Retry-After: 9'));
    const controller = new AbortController();
    const call = clientFor(authlete).token({ parameters }, { signal: controller.signal });
    await authlete.received(1);
    setImmediate(() => controller.abort('gone'));
    await expect(call).rejects.toBe('gone');
    expect(authlete.requests).toHaveLength(1);
  });

  it('ends with the refusal when the client is closed while it waits', async () => {
    const authlete = await wire(refusing(1, 429, 'Retry-After: 9'));
    const client = clientFor(authlete);
    const call = client.token({ parameters }).catch((error) => error);
    await authlete.received(1);
    await wait(50);
    await client.close();
    expect(await call).toMatchObject({ code: 'ERR_AUTHLETE_STATUS', status: 429 });
  });

  concurrently(
    'is answered thrice as often in a burst of 200 at 20 a second, with less than twice the calls',
    async () => {
      const [without, repeated] = await Promise.all([burst(false), burst(true)]);
      expect(without).toEqual({ answered: perSecond, calls: burstSize });
      // By repetitions that all came in the same second it would be twice as often.
      expect(repeated.answered).toBeGreaterThan(3 * without.answered);
      expect(repeated.calls).toBeGreaterThan(burstSize);
      expect(repeated.calls).toBeLessThan(2 * burstSize);
    },
  );
});
