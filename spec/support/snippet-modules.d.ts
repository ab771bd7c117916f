// What the snippets of the documentation have of packages that are not installed beside the specs.

declare module 'pg' {
  export class Pool {
    constructor(options: { connectionString: string | undefined; query_timeout?: number });
    connect(): Promise<import('ciba-backchannel/postgres').PoolClient>;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'connect', listener: (client: import('ciba-backchannel/postgres').PoolClient) => void): this;
    query(text: string, values?: unknown[]): Promise<import('ciba-backchannel/postgres').QueryResult>;
    end(): Promise<void>;
  }
  const pg: { Pool: typeof Pool };
  export default pg;
}

declare const expect: (value: unknown) => Record<string, (expected?: unknown) => void>;
declare const jest: Record<string, (...args: unknown[]) => Record<string, (value: unknown) => void>>;
declare function afterEach(run: () => unknown): void;
