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
import pg from 'pg';
import type { ClusterMessage, ClusterSettings } from './cluster-process.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';

export type Mode = 'poll' | 'ping' | 'push';

/** A process of the provider. */
export interface Node {
  readonly port: number;
  readonly child: ChildProcess;
}

/** What Authlete was told of a transaction, and what came to its client. */
export interface Trail {
  accepted: number;
  /** Calls that Authlete refused after it had accepted one. */
  refusedAfterwards: number;
  delivered: number;
}

/** PostgreSQL, Authlete, clients and the provider's processes, each of which may be killed. */
export class Cluster {
  readonly nodes: Node[] = [];
  readonly trails = new Map<string, Trail>();
  private readonly handles = new Map<string, string>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'ciba-cluster-'));
  private readonly events = join(this.folder, 'events.jsonl');
  private readonly tickets = new Map<string, string>();
  private settings!: ClusterSettings;
  private stopServers = () => {};
  postgres!: PostgresServer;

  /** @param fails whether the client's endpoint fails the attempt of this number, from 1 */
  static async start(lease: number, fails: (attempt: number) => boolean): Promise<Cluster> {
    const cluster = new Cluster();
    cluster.postgres = await startPostgres();
    writeFileSync(cluster.events, '');
    const attempts = new Map<string, number>();
    const receiver = createServer(async (req, res) => {
      const { auth_req_id } = JSON.parse(await bodyOf(req));
      const attempt = (attempts.get(auth_req_id) ?? 0) + 1;
      attempts.set(auth_req_id, attempt);
      if (fails(attempt)) res.statusCode = 503;
      else {
        res.statusCode = 204;
        cluster.trailOf(auth_req_id).delivered += 1;
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
    const api = createServer((req, res) => router(req, res, () => res.writeHead(404).end()));
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
    const child = fork(script, [JSON.stringify(this.settings)], { execArgv: ['--import', 'tsx'] });
    child.on('message', (message: ClusterMessage) => {
      if ('handle' in message) this.handles.set(message.authReqId, message.handle);
    });
    const started = once(child, 'message') as Promise<[{ port: number }]>;
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the process did not start')));
    ended.catch(() => {});
    const [{ port }] = await Promise.race([started, ended]);
    const node = { port, child };
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
      for (let i = 0; i < 100 && !this.handles.has(auth_req_id); i += 1) await sleep(20);
      return this.handles.has(auth_req_id) ? auth_req_id : undefined;
    } catch {
      return undefined;
    }
  }

  /** The device decides, and does so again until it has been told that its decision was taken. */
  async decide(authReqId: string): Promise<void> {
    const body = this.handles.get(authReqId) ?? '';
    for (;;) {
      try {
        const response = await fetch(`http://127.0.0.1:${this.anyNode().port}/complete`, { method: 'POST', body });
        const said = await response.text();
        if (response.ok || said === 'ERR_COMPLETE_REFUSED') return;
      } catch {
        // It was killed meanwhile: another one is asked.
      }
      await sleep(50);
    }
  }

  trailOf(authReqId: string): Trail {
    const trail = this.trails.get(authReqId) ?? { accepted: 0, refusedAfterwards: 0, delivered: 0 };
    this.trails.set(authReqId, trail);
    return trail;
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
      "SELECT count(*)::int AS left FROM pgboss.job WHERE name = 'ciba' AND start_after < now() + interval '1 min'";
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
        this.tickets.set(args[0].ticket, response.authReqId ?? '');
        return response;
      },
      backchannelAuthenticationComplete: async (...args: Parameters<typeof complete>) => {
        const response = await complete.apply(authlete, args);
        const trail = this.trailOf(this.tickets.get(args[0].ticket) ?? '');
        if (response.action !== 'SERVER_ERROR') trail.accepted += 1;
        else if (trail.accepted > 0) trail.refusedAfterwards += 1;
        return response;
      },
    });
  }
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
