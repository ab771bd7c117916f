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
    expect(signal.timeLeft('a')).toBeUndefined();
    signal.issued('a', inSeconds(120));
    expect(signal.timeLeft('a')).toBeGreaterThan(0);
    signal.decided('a');
    expect(signal.timeLeft('a')).toBeUndefined();
    expect(heard).toEqual(['a']);
  });

  it('forgets a transaction when it expires', () => {
    signal.issued('a', inSeconds(120));
    jest.advanceTimersByTime(119_000);
    expect(signal.timeLeft('a')).toBeGreaterThan(0);
    jest.advanceTimersByTime(1000);
    expect(signal.timeLeft('a')).toBeUndefined();
  });

  it('ignores a transaction that has expired, or whose expiry is unknown', () => {
    signal.issued('a', inSeconds(-1));
    expect(signal.timeLeft('a')).toBeUndefined();
    signal.issued('a', Number.NaN);
    expect(signal.timeLeft('a')).toBeUndefined();
  });

  it('believes a decision that overtakes its transaction', () => {
    signal.decided('a');
    signal.issued('a', inSeconds(120));
    expect(signal.timeLeft('a')).toBeUndefined();
  });

  it('tells a watcher that has stopped nothing more', () => {
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
    expect(signal.timeLeft('transaction 0')).toBeUndefined();
    expect(signal.timeLeft('transaction 1')).toBeGreaterThan(0);
    expect(signal.timeLeft('transaction 100000')).toBeGreaterThan(0);
  });
});
