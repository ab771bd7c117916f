import { jest } from '@jest/globals';

const clocks = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** Has the spec decide what these say or when they come; connections and promises go on in real time. */
export function fakeOnly(...faked: (typeof clocks)[number][]): void {
  jest.useFakeTimers({ doNotFake: clocks.filter((clock) => !faked.includes(clock)) });
}
