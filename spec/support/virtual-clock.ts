/** A timer of the virtual clock. */
interface Timer {
  at: number;
  order: number;
  run: (() => void) | undefined;
  every: number | undefined;
}

/** Time that passes as fast as the work in it is done. Replaces the timers and clocks of the spec's realm, and chance. */
export interface VirtualClock {
  now(): number;
  random(): number;
  /** Lets so many milliseconds pass. */
  pass(milliseconds: number): Promise<void>;
  uninstall(): void;
}

/** @param seed what chance begins with: the same seed gives the same run */
export function virtualClock(seed: number): VirtualClock {
  const start = 1_800_000_000_000;
  const heap: Timer[] = [];
  let [now, order] = [0, 0];
  const random = randomFrom(seed);
  const real = {
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    setImmediate,
    date: Date.now,
    random: Math.random,
  };

  function push(timer: Timer): void {
    let i = heap.push(timer) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(timer, heap[parent] as Timer)) break;
      heap[i] = heap[parent] as Timer;
      i = parent;
    }
    heap[i] = timer;
  }

  function pop(): Timer {
    const [first] = heap as [Timer];
    const last = heap.pop() as Timer;
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child += 1;
      if (!isBefore(heap[child] as Timer, last)) break;
      heap[i] = heap[child] as Timer;
      i = child;
    }
    heap[i] = last;
    return first;
  }

  function schedule(run: (...args: unknown[]) => void, delay: number, args: unknown[], repeats: boolean) {
    order += 1;
    const wait = Math.max(1, delay || 0);
    const timer: Timer = { at: now + wait, order, run: () => run(...args), every: repeats ? wait : undefined };
    push(timer);
    const handle = { timer, ref: () => handle, unref: () => handle, hasRef: () => false };
    return handle;
  }

  const clear = (handle?: { timer?: Timer }) => {
    if (handle?.timer) handle.timer.run = undefined;
  };
  const replacements = {
    setTimeout: (run: () => void, delay = 0, ...args: unknown[]) => schedule(run, delay, args, false),
    setInterval: (run: () => void, delay = 0, ...args: unknown[]) => schedule(run, delay, args, true),
    clearTimeout: clear,
    clearInterval: clear,
  };
  Object.assign(globalThis, replacements);
  Date.now = () => start + Math.floor(now);
  Math.random = random;
  Object.defineProperty(performance, 'now', { value: () => now, configurable: true });

  return {
    now: () => now,
    random,
    async pass(milliseconds) {
      const end = now + milliseconds;
      await new Promise((resolve) => real.setImmediate(resolve));
      while (heap[0] !== undefined && heap[0].at <= end) {
        const timer = pop();
        if (timer.run === undefined) continue;
        now = Math.max(now, timer.at);
        timer.run();
        if (timer.every !== undefined && timer.run !== undefined) push(Object.assign(timer, { at: now + timer.every }));
        // Whatever waits for promises goes on first.
        await new Promise((resolve) => real.setImmediate(resolve));
      }
      now = end;
    },
    uninstall() {
      const { date, random: chance, setImmediate: _, ...timers } = real;
      Object.assign(globalThis, timers);
      Date.now = date;
      Math.random = chance;
      Reflect.deleteProperty(performance, 'now');
    },
  };
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Mulberry32: 32 bits of state are enough for a spec. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
