import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

const connections = 16;
const children = new Set<ChildProcess>();

/** Not with the loader of this file: the processes run plain JavaScript, and the package as it ships. */
export function start(file: string, env: NodeJS.ProcessEnv = {}, execArgv: string[] = []): ChildProcess {
  const child = fork(new URL(file, import.meta.url), {
    execArgv,
    // oidc-provider has much to say about its defaults.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  children.add(child);
  return child;
}

export function killAll(): void {
  for (const child of children) child.kill();
}

/** The next message of the process, after the given one was sent to it. */
export async function ask<T>(child: ChildProcess, message?: object): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    const answer = once(child, 'message', { signal });
    const end = once(child, 'exit', { signal }).then(() => {
      throw new Error('a process of the benchmark has ended; what it wrote is above');
    });
    if (message) child.send(message);
    return ((await Promise.race([answer, end])) as [T])[0];
  } finally {
    settled.abort();
  }
}

/**
 * Microseconds of CPU time that a process takes while `work` runs, in all its threads.
 *
 * @param question the message that it answers with its CPU usage
 */
export async function cpuDuring(child: ChildProcess, work: () => Promise<unknown>, question = {}): Promise<number> {
  const { cpu: before } = await ask<{ cpu: NodeJS.CpuUsage }>(child, question);
  await work();
  const { cpu: after } = await ask<{ cpu: NodeJS.CpuUsage }>(child, question);
  return after.user + after.system - before.user - before.system;
}

/**
 * The stub that plays Authlete, and the clients; `drive` sends requests to a server and looks at each answer: requests of
 * authentication, or, with a path, for that protected resource.
 */
export async function startSurroundings() {
  const { port } = await ask<{ port: number }>(start('stub-authlete.js'));
  const load = start('load.js');

  async function drive(serverPort: number, requests: number, path?: string): Promise<{ seconds: number }> {
    const { seconds, failures, example } = await ask<{ seconds: number; failures: number; example: string }>(load, {
      port: serverPort,
      requests,
      connections,
      path,
    });
    if (failures > 0) throw new Error(`${failures} of ${requests} answers are wrong, such as\n${example}`);
    return { seconds };
  }

  return { authlete: `http://127.0.0.1:${port}`, connections, drive };
}
