import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type CibaEvent, transactionId } from 'ciba-backchannel';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { migrateQueue } from 'ciba-backchannel/postgres';
import pg from 'pg';
import type { ClusterMessage, ClusterSettings } from './cluster-process.js';
import { JobAudit, type Stored } from './job-audit.js';
import { newPool } from './new-pool.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';

export type Mode = 'poll' | 'ping' | 'push';

/** A process of the provider. */
export interface Node {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
}

/** What Authlete answered to a process that told it of a decision. */
export interface Answer {
  process: string;
  accepted: boolean;
  /** Milliseconds since the epoch. */
  at: number;
}

/** What became of a transaction: what Authlete answered, what came to the client and when, what was stored. */
export interface Trail {
  mode: Mode;
  answers: Answer[];
  deliveredAt: number[];
  decisions: Stored[];
  notifications: Stored[];
}

/** PostgreSQL, Authlete, clients and the provider's processes, each of which may be killed. */
export class Cluster {
  readonly nodes: Node[] = [];
  private readonly handles = new Map<string, string>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'ciba-cluster-'));
  private readonly events = join(this.folder, 'events.jsonl');
  private readonly tickets = new Map<string, string>();
  private readonly modes = new Map<string, Mode>();
  private readonly answers = new Map<string, Answer[]>();
  private readonly deliveries = new Map<string, number[]>();
  private readonly calling = new AsyncLocalStorage<string>();
  audit!: JobAudit;
  private processes = 0;
  private settings!: Omit<ClusterSettings, 'name'>;
  private stopServers = () => {};
  postgres!: PostgresServer;

  /** @param fails whether the client's endpoint fails the attempt of this number, from 1 */
  static async start(lease: number, fails: (attempt: number) => boolean): Promise<Cluster> {
    const cluster = new Cluster();
    cluster.postgres = await startPostgres();
    const pool = newPool(cluster.postgres.url);
    await migrateQueue(pool);
    await pool.end();
    cluster.audit = await JobAudit.install(cluster.postgres.url);
    writeFileSync(cluster.events, '');
    const attempts = new Map<string, number>();
    const receiver = createServer(async (req, res) => {
      const { auth_req_id } = JSON.parse(await bodyOf(req));
      const attempt = (attempts.get(auth_req_id) ?? 0) + 1;
      attempts.set(auth_req_id, attempt);
      if (fails(attempt)) res.statusCode = 503;
      else {
        res.statusCode = 204;
        addTo(cluster.deliveries, auth_req_id, Date.now());
      }
      res.end();
    });
    const callback = `${await listen(receiver)}/callback`;
    const authlete = await embeddedAuthlete({
      issuer: 'https://as.example.com',
      expiresIn: 120,
      clients: (['poll', 'ping', 'push'] as const).map((mode) => ({
        client_id: mode,
        client_secret: 'client-secret',
        token_endpoint_auth_method: 'client_secret_post',
        backchannel_token_delivery_mode: mode,
        ...(mode !== 'poll' && { backchannel_client_notification_endpoint: callback }),
      })),
    });
    const credentials = { serviceId: '1', accessToken: 'access-token-of-the-cluster' };
    const router = authleteRouter(cluster.recording(authlete), credentials);
    const api = createServer((req, res) => {
      const [, name = '', path = ''] = /^\/([^/]+)(.*)$/.exec(req.url ?? '') ?? [];
      req.url = path;
      cluster.calling.run(name, () => router(req, res, () => res.writeHead(404).end()));
    });
    const baseUrl = await listen(api);
    cluster.stopServers = () => {
      for (const server of [receiver, api]) {
        server.close();
        server.closeAllConnections();
      }
    };
    cluster.settings = {
      database: cluster.postgres.url,
      authlete: { baseUrl, ...credentials },
      handleKey: 'a key of the cluster: 32 bytes and more',
      lease,
      events: cluster.events,
    };
    return cluster;
  }

  async addNode(): Promise<Node> {
    const script = fileURLToPath(new URL('cluster-process.ts', import.meta.url));
    this.processes += 1;
    const name = `process-${this.processes}`;
    const { authlete } = this.settings;
    // Each process has an address of Authlete of its own, which tells who calls.
    const own = { ...authlete, baseUrl: `${authlete.baseUrl}/${name}` };
    const settings: ClusterSettings = { ...this.settings, name, authlete: own };
    const child = fork(script, [JSON.stringify(settings)], { execArgv: ['--import', 'tsx'] });
    child.on('message', (message: ClusterMessage) => {
      if ('handle' in message) this.handles.set(message.authReqId, message.handle);
    });
    const started = once(child, 'message') as Promise<[{ port: number }]>;
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the process did not start')));
    ended.catch(() => {});
    const [{ port }] = await Promise.race([started, ended]);
    const node = { name, port, child };
    this.nodes.push(node);
    return node;
  }

  /** As the kernel does it when memory runs out. */
  async kill(node: Node): Promise<void> {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    const exit = once(node.child, 'exit');
    node.child.kill('SIGKILL');
    await exit;
  }

  /** Asks it to end, with `close()`; resolves to what that resolved to. */
  async shutDown(node: Node): Promise<object> {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    const exit = once(node.child, 'exit');
    const closed = once(node.child, 'message');
    node.child.send('close');
    const [message] = (await closed) as [{ closed: object }];
    await exit;
    return message.closed;
  }

  /** A transaction; undefined when the process that should have begun it was killed. */
  async begin(mode: Mode): Promise<string | undefined> {
    const node = this.anyNode();
    const form = new URLSearchParams({ scope: 'openid', login_hint: 'alice', client_id: mode });
    form.set('client_secret', 'client-secret');
    if (mode !== 'poll') form.set('client_notification_token', 'notification-token');
    try {
      const response = await fetch(`http://127.0.0.1:${node.port}/`, { method: 'POST', body: form });
      const { auth_req_id } = (await response.json()) as { auth_req_id?: string };
      if (auth_req_id === undefined) return undefined;
      this.modes.set(auth_req_id, mode);
      for (let i = 0; i < 100 && !this.handles.has(auth_req_id); i += 1) await sleep(20);
      return this.handles.has(auth_req_id) ? auth_req_id : undefined;
    } catch {
      return undefined;
    }
  }

  /** The device decides, and does so again until it has been told that its decision was taken. */
  async decide(authReqId: string): Promise<void> {
    for (;;) {
      try {
        const said = await this.decideAt(this.anyNode(), authReqId);
        if (!said.startsWith('ERR_') || said === 'ERR_COMPLETE_REFUSED') return;
      } catch {
        // It was killed meanwhile: another one is asked.
      }
      await sleep(50);
    }
  }

  /** The device decides at this process; resolves to the action, or to the code of the error. */
  async decideAt(node: Node, authReqId: string): Promise<string> {
    const body = this.handles.get(authReqId) ?? '';
    const response = await fetch(`http://127.0.0.1:${node.port}/complete`, { method: 'POST', body });
    return response.text();
  }

  /** What became of these transactions, by `auth_req_id`. */
  async trails(authReqIds: Iterable<string>): Promise<Map<string, Trail>> {
    const stored = await this.audit.read();
    const trails = new Map<string, Trail>();
    for (const authReqId of authReqIds) {
      const ticket = this.tickets.get(authReqId) as string;
      trails.set(authReqId, {
        mode: this.modes.get(authReqId) as Mode,
        answers: this.answers.get(ticket) ?? [],
        deliveredAt: this.deliveries.get(authReqId) ?? [],
        decisions: stored(1, ticket),
        notifications: stored(2, ticket),
      });
    }
    return trails;
  }

  get deliveriesSoFar(): number {
    return [...this.deliveries.values()].flat().length;
  }

  get eventsSoFar(): CibaEvent[] {
    return readFileSync(this.events, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  /** Resolves when nothing is stored any more but the ends of transactions that nobody decides, in two minutes. */
  async idle(): Promise<void> {
    const client = new pg.Client(this.settings.database);
    await client.connect();
    const count =
      "SELECT count(*)::int AS left FROM ciba_job WHERE due_at < extract(epoch FROM now() + interval '1 min') * 1000";
    while ((await client.query(count)).rows[0].left > 0) await sleep(100);
    await client.end();
  }

  async remove(): Promise<void> {
    await Promise.all([...this.nodes].map((node) => this.kill(node)));
    this.stopServers();
    await this.postgres.remove();
    rmSync(this.folder, { recursive: true });
  }

  idOf = transactionId;

  private anyNode(): Node {
    const node = this.nodes[Math.floor(Math.random() * this.nodes.length)];
    if (node === undefined) throw new Error('no process is left');
    return node;
  }

  /** The engine, which takes down what it was told. */
  private recording<A extends Awaited<ReturnType<typeof embeddedAuthlete>>>(authlete: A): A {
    const { backchannelAuthenticationIssue: issue, backchannelAuthenticationComplete: complete } = authlete;
    return Object.assign(authlete, {
      backchannelAuthenticationIssue: async (...args: Parameters<typeof issue>) => {
        const response = await issue.apply(authlete, args);
        this.tickets.set(response.authReqId ?? '', args[0].ticket);
        return response;
      },
      backchannelAuthenticationComplete: async (...args: Parameters<typeof complete>) => {
        const response = await complete.apply(authlete, args);
        const accepted = response.action !== 'SERVER_ERROR';
        addTo(this.answers, args[0].ticket, { process: this.calling.getStore() ?? '', accepted, at: Date.now() });
        return response;
      },
    });
  }
}

function addTo<T>(lists: Map<string, T[]>, key: string, value: T): void {
  lists.set(key, [...(lists.get(key) ?? []), value]);
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of req) body += chunk;
  return body;
}
