import { afterEach } from '@jest/globals';

// A run prints the reporter's lines and nothing else. A spec that expects a line on the console spies on it.

const printed: string[] = [];
for (const method of ['debug', 'info', 'log', 'warn', 'error'] as const) {
  console[method] = (...args: unknown[]) => {
    printed.push(`console.${method}: ${args.map(String).join(' ')}`);
  };
}

afterEach(() => {
  const lines = printed.splice(0);
  if (lines.length > 0) throw new Error(`a spec printed something: give it a logger\n${lines.join('\n')}`);
});
