import type { Pool } from 'pg';

/** Stores the proofs of approvals, denials and changes. If it fails, nothing is approved. */
export function auditTrail(pool: Pool): (kind: string, record: object) => Promise<void> {
  return async (kind, record) => {
    await pool.query('INSERT INTO bank_audit (kind, record) VALUES ($1, $2)', [kind, JSON.stringify(record)]);
  };
}
