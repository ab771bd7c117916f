import { describe, expect, it } from '@jest/globals';
import { inFlight } from '../../lib/time/in-flight.js';
import { deferred, never } from '../support/deferred.js';

const inAMinute = () => Date.now() + 60_000;

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

  it.each([0, 10])('waits no longer than its deadline, in %d ms', async (milliseconds) => {
    const work = inFlight();
    work.track(never);
    await work.idle(Date.now() + milliseconds);
    await work.idle(Date.now() - 1000);
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
