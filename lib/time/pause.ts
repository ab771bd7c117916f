import { maxTimeout } from '../options/checks.js';

/**
 * A pause that can be ended early.
 *
 * @param ended called once, when it ends
 * @param keepsAlive whether the process stays alive for it
 * @returns a function that ends it now
 */
export function pause(milliseconds: number, ended: () => void, keepsAlive = true): () => void {
  let isOver = false;
  const wake = () => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    ended();
  };
  const timer = setTimeout(wake, Math.min(milliseconds, maxTimeout));
  if (!keepsAlive) timer.unref();
  return wake;
}
