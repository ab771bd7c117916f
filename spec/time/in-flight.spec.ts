import { describe, expect, it, jest } from '@jest/globals';
import { Deadline } from '../../lib/time/deadline.js';
import { inFlight } from '../../lib/time/in-flight.js';
import { deferred, never } from '../support/deferred.js';

const inAMinute = () => new Deadline(60_000);

/** Milliseconds that a wait takes; the deadline began a little before. */
async function duration(wait: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await wait;
  return performance.now() - begun;
}

describe('inFlight', () => {
  it('is idle while nothing is under way', async () => {
    await inFlight().idle(inAMinute());
  });

  it('waits for all that is under way, however it ends', async () => {
    const work = inFlight();
    const [good, bad] = [deferred(), deferred()];
    work.track(good.promise);
    work.track(bad.promise);
    let idle = 0;
    const waits = [work.idle(inAMinute()), work.idle(inAMinute())].map((wait) =>
      wait.then(() => {
        idle += 1;
      }),
    );
    good.resolve();
    await new Promise(setImmediate);
    expect(idle).toBe(0);
    bad.reject(new Error('of the work'));
    await Promise.all(waits);
    expect(idle).toBe(2);
  });

  it('waits for what begins while it waits', async () => {
    const work = inFlight();
    const [first, second] = [deferred(), deferred()];
    work.track(first.promise);
    let idle = false;
    const wait = work.idle(inAMinute()).then(() => {
      idle = true;
    });
    work.track(second.promise);
    first.resolve();
    await new Promise(setImmediate);
    expect(idle).toBe(false);
    second.resolve();
    await wait;
  });

  it('waits until its deadline and no longer, and tells how much is left', async () => {
    const work = inFlight();
    work.track(never);
    work.track(never);
    const start = performance.now();
    const idle = work.idle(new Deadline(50));
    await idle;
    const waited = performance.now() - start;
    expect(waited).toBeGreaterThan(40);
    expect(waited).toBeLessThan(5_000);
    expect(await idle).toBe(2);
  });

  it('does not wait when its deadline has passed', async () => {
    const work = inFlight();
    work.track(never);
    const passed = work.idle(new Deadline(-1_000));
    const first = await Promise.race([passed, new Promise((resolve) => setTimeout(resolve, 1, 'a timer'))]);
    expect(first).toBe(1);
  });

  it('stops waiting when its deadline is brought forward, and not when it is put off', async () => {
    const work = inFlight();
    work.track(never);
    const deadline = inAMinute();
    const idle = work.idle(deadline);
    deadline.bringForward(120_000);
    expect(deadline.remaining).toBeLessThanOrEqual(60_000);
    deadline.bringForward(0);
    expect(await idle).toBe(1);
  });

  it('waits as long when the wall clock is set back meanwhile', async () => {
    const work = inFlight();
    work.track(never);
    const idle = work.idle(new Deadline(50));
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
    const waited = await duration(idle);
    clock.mockRestore();
    expect(waited).toBeGreaterThan(40);
    expect(waited).toBeLessThan(5_000);
  });

  it('works again after it was idle', async () => {
    const work = inFlight();
    work.track(Promise.resolve());
    await work.idle(inAMinute());
    const more = deferred();
    work.track(more.promise);
    let idle = false;
    const wait = work.idle(inAMinute()).then(() => {
      idle = true;
    });
    await new Promise(setImmediate);
    expect(idle).toBe(false);
    more.resolve();
    await wait;
  });
});
