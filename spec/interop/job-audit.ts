import pg from 'pg';
import { jobId } from '../../lib/jobs/job-codec.js';

/** How long a row was at one stage, renewals and leases included. */
export interface Stored {
  /** Milliseconds since the epoch, as all times here: everything runs on one machine. */
  begunAt: number;
  endedAt: number;
  /** The process that raised or ended it. */
  endedBy: string;
  /** The processes that wrote it, one after the other. */
  holders: string[];
}

interface Change {
  id: string;
  /** Afterwards; `null` when the row is gone. */
  stage: number | null;
  process: string;
  at: number;
}

/**
 * What became of each row of the queue, taken down by PostgreSQL itself in the transactions that change it: neither a
 * process that is killed nor a restart can make it say anything else than what was stored.
 */
export class JobAudit {
  private constructor(private readonly connection: { connectionString: string }) {}

  /** The queue's table must be there already. */
  static async install(connectionString: string): Promise<JobAudit> {
    const audit = new JobAudit({ connectionString });
    await audit.query(`
      CREATE TABLE job_audit (seq bigserial, id uuid, stage smallint, process text, at float8);
      CREATE FUNCTION audit_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO job_audit (id, stage, process, at) VALUES (
          CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, CASE TG_OP WHEN 'DELETE' THEN NULL ELSE NEW.stage END,
          current_setting('application_name'), extract(epoch FROM clock_timestamp()) * 1000);
        RETURN NULL;
      END $$;
      CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON ciba_job FOR EACH ROW EXECUTE FUNCTION audit_job();`);
    return audit;
  }

  /** When a transaction's row was at a stage, by ticket; what is stored still has not ended. */
  async read(): Promise<(stage: 1 | 2, ticket: string) => Stored[]> {
    const { rows } = await this.query('SELECT id, stage, process, at FROM job_audit ORDER BY seq');
    const byId = new Map<string, Change[]>();
    for (const row of rows as Change[]) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
    return (stage, ticket) => lifetimes(byId.get(jobId(ticket)) ?? [], stage);
  }

  /** How often rows of a stage have been written. */
  async writes(stage: 1 | 2): Promise<number> {
    const { rows } = await this.query(`SELECT count(*)::int AS writes FROM job_audit WHERE stage = ${stage}`);
    return rows[0].writes;
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

function lifetimes(changes: Change[], wanted: number): Stored[] {
  const found: Stored[] = [];
  let current: Stored | undefined;
  for (const { stage, process, at } of changes) {
    if (stage === wanted) {
      if (current === undefined) {
        current = { begunAt: at, endedAt: Number.POSITIVE_INFINITY, endedBy: '', holders: [] };
        found.push(current);
      }
      if (!current.holders.includes(process)) current.holders.push(process);
    } else if (current !== undefined) {
      Object.assign(current, { endedAt: at, endedBy: process });
      current = undefined;
    }
  }
  return found;
}
