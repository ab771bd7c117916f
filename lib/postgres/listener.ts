import { randomUUID } from 'node:crypto';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Pool, PoolClient, QueryResult } from './pool.js';
import { inTime, maxAnswer, statements, takeClient } from './statements.js';

/** Milliseconds before the first attempt to connect again, and the maximum. */
const minPause = 100;
const maxPause = 5000;

/** Milliseconds between two checks whether the server still answers. */
const checkInterval = 10_000;

/** Attempts in a row that may fail before the log says so: a restart of PostgreSQL takes a few. */
const silentAttempts = 5;

const deafness =
  'PostgreSQL accepts LISTEN but sends nothing: is there a pooler in transaction mode? Connect to the server, or use session mode';

/** What a {@link Listener} reports. */
export interface ListenerEvents {
  heard(payload: string): void;
  listening?(): void;
  /** Notifications may be missed from now on. */
  lost?(): void;
}

/** Listens to a channel on its own connection, and on another one when that is lost. */
export class Listener {
  private client: PoolClient | undefined;
  private subscribed = false;
  private pause = minPause;
  private failures = 0;
  private reported = false;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private echo: { payload: string; heard(): void } | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly channel: string,
    private readonly events: ListenerEvents,
    private readonly logger: PackageLogger,
  ) {
    void this.connect();
  }

  /** Whether notifications arrive. */
  get listening(): boolean {
    return this.subscribed;
  }

  /** Sends to every listener; rejects when the connection is lost first. */
  async notify(payload: string): Promise<void> {
    const client = this.client;
    if (client === undefined) throw new Error('there is no connection');
    await this.query(client, 'SELECT pg_notify($1, $2)', [this.channel, payload]);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    if (this.client !== undefined) this.lose(this.client);
  }

  private async connect(): Promise<void> {
    let client: PoolClient | undefined;
    try {
      client = await takeClient(this.pool);
      if (this.closed) return client.release();
      this.client = client;
      const lose = this.lose.bind(this, client);
      // Without a listener, an `error` would end the process; it may also come after the connection was given up.
      client.on('error', lose);
      client.on('end', lose);
      client.on('notification', ({ channel, payload }) => {
        if (channel === this.channel && payload !== undefined) this.hear(payload);
      });
      await this.query(client, `LISTEN ${this.channel}`);
      await this.checkHearing(client);
    } catch (error) {
      this.report(error);
      if (client === undefined) this.connectLater();
      else this.lose(client);
      return;
    }
    if (this.client === client) this.subscribe(client);
  }

  /**
   * A pooler in transaction mode gives the listening session to somebody else. It hides which session this is, so
   * only a notification from another connection shows whether any arrive here: one from the same connection always does.
   *
   * @throws Error when it does not arrive
   */
  private async checkHearing(client: PoolClient): Promise<void> {
    const { rows } = await this.query(client, 'SELECT pg_backend_pid() AS pid');
    if (rows[0]?.pid === client.processID) return;
    const payload = `hello ${randomUUID()}`;
    const heard = new Promise<void>((resolve) => {
      this.echo = { payload, heard: resolve };
    });
    await statements(this.pool)('SELECT pg_notify($1, $2)', [this.channel, payload]);
    await inTime(maxAnswer, () => heard).catch(() => {
      throw new Error(deafness);
    });
  }

  private hear(payload: string): void {
    if (payload === this.echo?.payload) this.echo.heard();
    else this.events.heard(payload);
  }

  /** A single restart is normal; repeated failures are a mistake of the host. */
  private report(error: unknown): void {
    if (this.closed) return;
    this.failures += 1;
    const isDeaf = error instanceof Error && error.message === deafness;
    if (this.reported || (!isDeaf && this.failures < silentAttempts)) return;
    this.reported = true;
    this.logger.error('PostgreSQL delivers no notifications to this process', { error }, 'host');
  }

  private subscribe(client: PoolClient): void {
    this.subscribed = true;
    this.pause = minPause;
    this.failures = 0;
    this.reported = false;
    this.watch(client);
    this.events.listening?.();
  }

  /** A connection may die without notice, so the server is asked from time to time. */
  private watch(client: PoolClient): void {
    this.timer = setTimeout(() => {
      this.query(client, 'SELECT 1').then(
        () => this.client === client && this.watch(client),
        () => {},
      );
    }, checkInterval);
    this.timer.unref();
  }

  /** A query that fails, or takes too long, is the end of the connection. */
  private async query(client: PoolClient, text: string, values?: unknown[]): Promise<QueryResult> {
    try {
      return await inTime(maxAnswer, () => client.query(text, values));
    } catch (error) {
      this.lose(client);
      throw error;
    }
  }

  private lose(client: PoolClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    clearTimeout(this.timer);
    client.release(true);
    if (this.subscribed) {
      this.subscribed = false;
      this.events.lost?.();
    }
    this.connectLater();
  }

  private connectLater(): void {
    if (this.closed) return;
    this.timer = setTimeout(() => void this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, maxPause);
  }
}
