import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, it } from '@jest/globals';

type Clean = () => Promise<unknown>;

const sequential: Clean[] = [];
const concurrent = new AsyncLocalStorage<Clean[]>();

afterEach(() => end(sequential));

/** What is to be done when the spec that calls this ends. */
export function afterwards(clean: Clean): void {
  (concurrent.getStore() ?? sequential).push(clean);
}

/**
 * A spec that waits rather than computes: all such specs of a `describe` wait at the same time. Jest runs neither
 * `beforeEach` nor `afterEach` for them, so such a spec opens what it needs itself, and shares nothing that another changes.
 */
export function concurrently(name: string, spec: () => Promise<void>, timeout?: number): void {
  const run = () => {
    const cleanUp: Clean[] = [];
    return concurrent.run(cleanUp, () => spec().finally(() => end(cleanUp)));
  };
  it.concurrent(name, run, timeout);
}

async function end(cleanUp: Clean[]): Promise<void> {
  await Promise.all(cleanUp.splice(0).map((clean) => clean()));
}
