import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch } from 'undici';

/** A plan that was created, with its modules in order. */
export interface Plan {
  id: string;
  modules: { testModule: string; variant?: Record<string, string> }[];
}

/** A module that runs. */
export interface StartedModule {
  id: string;
  issuer: string;
  /** The protected resource. */
  resource: string;
}

/** What became of a module. */
export interface Result {
  status: string;
  /** `PASSED`, `WARNING`, `FAILED`, ... */
  result: string;
}

/** An entry of a module's log: `src` is the condition that was checked. */
export interface LogEntry {
  src: string;
  result?: string;
  msg?: string;
}

/** The conformance suite's API, as it is in its development mode: nobody signs in. */
export type Suite = ReturnType<typeof suiteApi>;

/** Milliseconds that a module may take: the longest, with an interval of 31 s, takes 63 s. */
const patience = 180_000;

/**
 * @param baseUrl of the suite
 * @param ca PEM: the authority that issued its certificate
 */
export function suiteApi(baseUrl: string, ca: string | undefined) {
  const dispatcher = new Agent({ connect: { ca } });

  async function call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const response = await fetch(`${baseUrl}/api/${path}`, {
      method,
      dispatcher,
      headers: { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the suite answers ${response.status} to ${method} /api/${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  const resultOf = (id: string) => call<Result>('GET', `info/${id}`);

  /** Resolves when the module is in one of the states, or, after `patience`, whatever its state is. */
  async function reaches(id: string, states: readonly string[]): Promise<Result> {
    const until = performance.now() + patience;
    for (;;) {
      const info = await resultOf(id);
      if (states.includes(info.status) || performance.now() > until) return info;
      await sleep(250);
    }
  }

  return {
    createPlan(name: string, variant: Record<string, string>, configuration: object): Promise<Plan> {
      const query = new URLSearchParams({ planName: name, variant: JSON.stringify(variant) });
      return call('POST', `plan?${query}`, configuration);
    },
    async start(plan: Plan, { testModule, variant }: Plan['modules'][number]): Promise<StartedModule> {
      const query = new URLSearchParams({ test: testModule, plan: plan.id });
      if (variant) query.set('variant', JSON.stringify(variant));
      const { id } = await call<{ id: string }>('POST', `runner?${query}`);
      const { status } = await reaches(id, ['WAITING', 'FINISHED', 'INTERRUPTED']);
      if (status !== 'WAITING') throw new Error(`${testModule} did not start: ${baseUrl}/log-detail.html?log=${id}`);
      const { exposed } = await call<{ exposed: Record<string, string> }>('GET', `runner/${id}`);
      const { issuer, accounts_endpoint: resource } = exposed;
      if (!issuer || !resource) throw new Error(`${testModule} does not tell its issuer and its resource`);
      return { id, issuer, resource };
    },
    /** Resolves when the module is over. */
    end: (id: string) => reaches(id, ['FINISHED', 'INTERRUPTED']),
    result: resultOf,
    log: (id: string) => call<LogEntry[]>('GET', `log/${id}`),
    close: () => dispatcher.close(),
  };
}
