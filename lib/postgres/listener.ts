import { withTimeLimit } from '../time/time-limit.js';
import type { Pool, PoolClient } from './pool.js';

/** Milliseconds before the first attempt to connect again, and at most. */
const minPause = 100;
const maxPause = 5000;

/** Milliseconds between two checks whether the server still answers, and for any answer. */
const checkInterval = 10_000;
const maxAnswer = 5000;
const lateError = () => new Error('PostgreSQL does not answer');

/** What a {@link Listener} reports. */
export interface ListenerEvents {
  heard(payload: string): void;
  listening(): void;
  /** Notifications may be missed from now on. */
  lost(): void;
}

/** Listens to a channel on a connection of its own, and on another one when that is lost. */
export class Listener {
  private client: PoolClient | undefined;
  private subscribed = false;
  private pause = minPause;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly pool: Pool,
    private readonly channel: string,
    private readonly events: ListenerEvents,
  ) {
    void this.connect();
  }

  /** Whether notifications arrive. */
  get listening(): boolean {
    return this.subscribed;
  }

  /** Sends to all who listen; rejects when the connection is lost first. */
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
      client = await this.take();
      if (this.closed) return client.release();
      this.client = client;
      const lose = this.lose.bind(this, client);
      // Unheard, an `error` would end the process; it may come after the connection was given up, too.
      client.on('error', lose);
      client.on('end', lose);
      client.on('notification', ({ channel, payload }) => {
        if (channel === this.channel && payload !== undefined) this.events.heard(payload);
      });
      await this.query(client, `LISTEN ${this.channel}`);
    } catch {
      // With a client, it was the query that failed, and it has given up the connection already.
      if (client === undefined) this.connectLater();
      return;
    }
    if (this.client === client) this.subscribe(client);
  }

  /** A client that comes too late goes back to the pool. */
  private async take(): Promise<PoolClient> {
    const coming = this.pool.connect();
    try {
      return await withTimeLimit(maxAnswer, () => coming, lateError);
    } catch (error) {
      coming.then((client) => client.release()).catch(() => {});
      throw error;
    }
  }

  private subscribe(client: PoolClient): void {
    this.subscribed = true;
    this.pause = minPause;
    this.watch(client);
    this.events.listening();
  }

  /** A connection may die without a word: the server is asked from time to time. */
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
  private async query(client: PoolClient, text: string, values?: unknown[]): Promise<void> {
    try {
      await withTimeLimit(maxAnswer, () => client.query(text, values), lateError);
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
      this.events.lost();
    }
    this.connectLater();
  }

  private connectLater(): void {
    if (this.closed) return;
    this.timer = setTimeout(() => void this.connect(), this.pause);
    this.pause = Math.min(this.pause * 2, maxPause);
  }
}
