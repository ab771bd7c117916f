import pg from 'pg';
import { jobId } from '../../lib/jobs/job-codec.js';

/** How long a job was stored, renewals and leases included. */
export interface Stored {
  /** Milliseconds since the epoch, as all times here: everything runs on one machine. */
  begunAt: number;
  endedAt: number;
  /** The process that ended it. */
  endedBy: string;
  /** The processes that it belonged to, one after the other. */
  holders: string[];
}

interface Row {
  id: string;
  stored: boolean;
  transaction: string;
  process: string;
  at: number;
}

/**
 * What became of each job of the queue, taken down by PostgreSQL itself in the transactions that change it: neither a
 * process that is killed nor a restart can make it say anything else than what was stored.
 */
export class JobAudit {
  private constructor(private readonly connection: { connectionString: string }) {}

  /** pg-boss's tables must be there already. */
  static async install(connectionString: string): Promise<JobAudit> {
    const audit = new JobAudit({ connectionString });
    await audit.query(`
      CREATE TABLE job_audit (seq bigserial, id uuid, stored boolean, transaction text, process text, at float8);
      CREATE FUNCTION audit_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO job_audit (id, stored, transaction, process, at) VALUES (
          CASE TG_OP WHEN 'INSERT' THEN NEW.id ELSE OLD.id END, TG_OP = 'INSERT', txid_current()::text,
          current_setting('application_name'), extract(epoch FROM clock_timestamp()) * 1000);
        RETURN NULL;
      END $$;
      CREATE TRIGGER audit AFTER INSERT OR DELETE ON pgboss.job FOR EACH ROW EXECUTE FUNCTION audit_job();`);
    return audit;
  }

  /** What was stored of a transaction's jobs, by kind and ticket; jobs that are stored still have not ended. */
  async read(): Promise<(kind: 'decision' | 'notification', ticket: string) => Stored[]> {
    const { rows } = await this.query('SELECT id, stored, transaction, process, at FROM job_audit ORDER BY seq');
    const byId = new Map<string, Row[]>();
    for (const row of rows as Row[]) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
    return (kind, ticket) => lifetimes(byId.get(jobId(kind, { ticket } as Parameters<typeof jobId>[1])) ?? []);
  }

  private async query(text: string): Promise<pg.QueryResult> {
    const client = new pg.Client(this.connection);
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  }
}

/** A transaction that removes a job and stores it again has renewed it. */
function lifetimes(rows: Row[]): Stored[] {
  const found: Stored[] = [];
  let current: Stored | undefined;
  rows.forEach(({ stored, transaction, process, at }, i) => {
    if (stored && current !== undefined) hold(current, process);
    else if (stored) {
      current = { begunAt: at, endedAt: Number.POSITIVE_INFINITY, endedBy: '', holders: [] };
      hold(current, process);
      found.push(current);
    } else if (current !== undefined) {
      const next = rows[i + 1];
      if (next?.stored && next.transaction === transaction) return;
      Object.assign(current, { endedAt: at, endedBy: process });
      current = undefined;
    }
  });
  return found;
}

function hold({ holders }: Stored, process: string): void {
  if (!holders.includes(process)) holders.push(process);
}
