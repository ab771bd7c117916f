import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type AuthleteLibrary, type LibraryCall, LibraryError } from '../../support/authlete-library.js';

interface Answer {
  response?: unknown;
  status?: number;
  error?: string;
}

/** A library in another language: a program that reads one call a line and writes one answer a line. */
export function processLibrary(command: string, args: readonly string[]): AuthleteLibrary {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // Calls that are made at the same time wait for each other.
  let last: Promise<unknown> = Promise.resolve();

  async function exchange(call: object): Promise<Answer> {
    child.stdin.write(`${JSON.stringify(call)}\n`);
    const { value } = await lines.next();
    if (value === undefined) throw new Error(`${command} has ended`);
    return JSON.parse(value);
  }

  return {
    async call(method: LibraryCall, request?: object | string) {
      const answer = last.then(() => exchange({ method, type: typeOf(method), request }));
      last = answer.catch(() => {});
      const { response, status, error } = await answer;
      if (error !== undefined) throw new LibraryError(error, status);
      return response;
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The class of its request. */
function typeOf(method: LibraryCall): string {
  return `${method[0]?.toUpperCase()}${method.slice(1)}Request`.replace('Userinfo', 'UserInfo');
}
