// A process of its own with a signal: does what it is told over IPC, and tells what it hears.

import pg from 'pg';
import { postgresSignal } from '../../lib/postgres/index.js';

export type SignalCommand = { issued: string; lifetime: number } | { decided: string };
export type SignalReport = { listening: true } | { heard: string };

const pool = new pg.Pool({ connectionString: process.argv[2] });
const signal = postgresSignal(pool);
const report = (message: SignalReport) => process.connected && process.send?.(message);

signal.watch({ decided: (id) => report({ heard: id }), lost: () => report({ listening: true }) });
process.on('message', (command: SignalCommand) => {
  if ('issued' in command) signal.issued(command.issued, Date.now() + command.lifetime);
  else signal.decided(command.decided);
});
process.on('disconnect', async () => {
  await signal.close();
  await pool.end();
});
