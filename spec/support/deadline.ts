import { afterEach, beforeEach, jest } from '@jest/globals';
import { fakeOnly } from './fake-timers.js';

/**
 * Has the specs of a file decide when a deadline comes, however slow the machine is: `setTimeout` waits for
 * {@link letTimePass}. Connections and promises go on in real time.
 */
export function controlDeadlines(): void {
  beforeEach(() => fakeOnly('setTimeout', 'clearTimeout'));
  afterEach(() => {
    jest.useRealTimers();
  });
}

/** @param milliseconds by which everything that waits comes nearer */
export function letTimePass(milliseconds: number): void {
  jest.advanceTimersByTime(milliseconds);
}
