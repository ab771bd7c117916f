import type { Pool } from 'pg';

/** Keeps what proves who approved, denied or changed what. It fails when it cannot: then nothing is approved. */
export function auditTrail(pool: Pool): (kind: string, record: object) => Promise<void> {
  return async (kind, record) => {
    await pool.query('INSERT INTO bank_audit (kind, record) VALUES ($1, $2)', [kind, JSON.stringify(record)]);
  };
}
