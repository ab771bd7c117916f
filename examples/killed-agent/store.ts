/*
 * A store that outlives the agent without a database: the parent process keeps the rows, sealed, and its child calls it.
 * In production it is `postgresStore(pool)`.
 */
import type { ChildProcess } from 'node:child_process';
import { memoryStore, type RowStore } from 'ciba-backchannel/client';

const methods = ['insert', 'find', 'list', 'replace', 'remove', 'due', 'sweep'] as const;
type Method = (typeof methods)[number];

interface Call {
  call: number;
  method: Method;
  args: unknown[];
}

/** In the parent: a store for all children that are served. */
export function sharedStore(): (child: ChildProcess) => void {
  const store = memoryStore();
  return (child) =>
    child.on('message', async (message: Partial<Call>) => {
      if (message.method === undefined) return;
      const method = store[message.method] as (...args: unknown[]) => Promise<unknown>;
      const result = await method(...(message.args ?? []));
      if (child.connected) child.send({ call: message.call, result }, () => {});
    });
}

/** In the child. */
export function parentStore(): RowStore {
  const waiting = new Map<number, (result: unknown) => void>();
  let calls = 0;
  process.on('message', ({ call, result }: { call: number; result: unknown }) => {
    waiting.get(call)?.(result);
    waiting.delete(call);
  });
  function call(method: Method, args: unknown[]): Promise<unknown> {
    calls += 1;
    process.send?.({ call: calls, method, args } satisfies Call);
    return new Promise((resolve) => waiting.set(calls, resolve));
  }
  const entries = methods.map((method) => [method, (...args: unknown[]) => call(method, args)]);
  return Object.fromEntries(entries) as RowStore;
}
