import type { ChildProcess } from 'node:child_process';
import { ask, cpuDuring, start, startSurroundings } from '../processes.js';

interface State {
  /** Bytes. */
  memory: number;
}

interface Server {
  child: ChildProcess;
  port: number;
}

const gc = ['--expose-gc'];

async function heldServer(env: NodeJS.ProcessEnv): Promise<Server> {
  const child = start('polls/held-server.js', env, gc);
  return { child, ...(await ask<{ port: number }>(child)) };
}

/** Bytes for each request held, over what the server without them has. */
export async function memoryOfHeld(count: number, rounds: number, bare: boolean): Promise<number[]> {
  const clients = start('polls/clients.js');
  const { child, port } = await heldServer({ AUTHLETE: 'http://127.0.0.1:1', ...(bare && { BARE: '1' }) });
  await hold({ child, port }, clients, 500);
  await release({ child, port }, clients);
  const bytes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await ask<State>(child, {});
    const after = await hold({ child, port }, clients, count);
    bytes.push((after.memory - before.memory) / count);
    await release({ child, port }, clients);
  }
  for (const process of [clients, child]) process.kill();
  return bytes;
}

async function hold({ child, port }: Server, clients: ChildProcess, count: number): Promise<State> {
  await ask(child, { issue: count });
  await ask(clients, { port, count });
  return ask<State>(child, { held: count });
}

/** The clients leave. */
async function release({ child, port }: Server, clients: ChildProcess): Promise<void> {
  await ask(clients, { port, count: 0 });
  await ask<State>(child, { held: 0 });
}

/** What a server of this benchmark holds. */
export const holdings = ['nothing', 'bare', 'polls'] as const;
export type Holding = (typeof holdings)[number];

/**
 * Microseconds of CPU time for a request to the backchannel authentication endpoint, in rounds: while its process holds
 * nothing, so many requests with nothing but Node, or so many polls.
 *
 * @param requests of a round, in slices in which the servers take turns
 */
export async function speedWhileHeld(
  count: number,
  rounds: number,
  requests: number,
): Promise<Record<Holding, number>[]> {
  const slices = 8;
  const { authlete, drive } = await startSurroundings();
  const servers: Record<Holding, Server> = {
    nothing: await heldServer({ AUTHLETE: authlete }),
    bare: await heldServer({ AUTHLETE: authlete, BARE: '1' }),
    polls: await heldServer({ AUTHLETE: authlete }),
  };
  const clients = { bare: start('polls/clients.js'), polls: start('polls/clients.js') };

  async function measure({ child, port }: Server, requests: number): Promise<number> {
    return (await cpuDuring(child, () => drive(port, requests), { noMemory: true })) / requests;
  }

  for (const holding of holdings) await measure(servers[holding], 3 * requests);
  const results: Record<Holding, number>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const holding of ['bare', 'polls'] as const) await hold(servers[holding], clients[holding], count);
    const sum = { nothing: 0, bare: 0, polls: 0 };
    for (let slice = 0; slice < slices; slice += 1) {
      for (const holding of holdings) sum[holding] += (await measure(servers[holding], requests / slices)) / slices;
    }
    results.push(sum);
    for (const holding of ['bare', 'polls'] as const) await release(servers[holding], clients[holding]);
  }
  return results;
}
