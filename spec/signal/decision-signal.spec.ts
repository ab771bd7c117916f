import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type DecisionSignal, decisionSignal } from 'ciba-backchannel';

describe('decisionSignal', () => {
  let signal: DecisionSignal;
  let heard: string[];
  beforeEach(() => {
    jest.useFakeTimers();
    signal = decisionSignal();
    heard = [];
    signal.watch({ decided: (id) => heard.push(id), lost: () => heard.push('lost') });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const inSeconds = (seconds: number) => Date.now() + seconds * 1000;

  it('knows that an announced transaction is undecided until it is decided', () => {
    expect(signal.isUndecided('a')).toBe(false);
    signal.issued('a', inSeconds(120));
    expect(signal.isUndecided('a')).toBe(true);
    signal.decided('a');
    expect(signal.isUndecided('a')).toBe(false);
    expect(heard).toEqual(['a']);
  });

  it('forgets a transaction when it expires', () => {
    signal.issued('a', inSeconds(120));
    jest.advanceTimersByTime(119_000);
    expect(signal.isUndecided('a')).toBe(true);
    jest.advanceTimersByTime(1000);
    expect(signal.isUndecided('a')).toBe(false);
  });

  it('does not learn of a transaction that has expired, or of which that is unknown', () => {
    signal.issued('a', inSeconds(-1));
    expect(signal.isUndecided('a')).toBe(false);
    signal.issued('a', Number.NaN);
    expect(signal.isUndecided('a')).toBe(false);
  });

  it('believes a decision that overtakes its transaction', () => {
    signal.decided('a');
    signal.issued('a', inSeconds(120));
    expect(signal.isUndecided('a')).toBe(false);
  });

  it('tells no more to who has stopped watching', () => {
    const other: string[] = [];
    const stop = signal.watch({ decided: (id) => other.push(id), lost: () => {} });
    signal.decided('a');
    stop();
    signal.decided('b');
    expect(other).toEqual(['a']);
    expect(heard).toEqual(['a', 'b']);
  });

  it('knows 100,000 transactions at most: the newest', () => {
    for (let i = 0; i <= 100_000; i += 1) signal.issued(`transaction ${i}`, inSeconds(120));
    expect(signal.isUndecided('transaction 0')).toBe(false);
    expect(signal.isUndecided('transaction 1')).toBe(true);
    expect(signal.isUndecided('transaction 100000')).toBe(true);
  });
});
