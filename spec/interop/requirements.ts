import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Requirement } from '../support/describe-with.js';

/** The folder with `initdb` and `pg_ctl`, which Debian keeps out of the PATH. */
export const postgresBin = newestPostgres('/usr/lib/postgresql');

export const postgres: Requirement = {
  installed: postgresBin !== undefined,
  howTo: 'PostgreSQL (apt-get install postgresql)',
};

export const pgBouncer: Requirement = {
  installed: postgres.installed && runs('/usr/sbin/pgbouncer', '--version'),
  howTo: `${postgres.howTo} and PgBouncer (apt-get install pgbouncer)`,
};

export const redis: Requirement = {
  installed: runs('redis-server', '--version'),
  howTo: 'Redis (apt-get install redis-server)',
};

export const java: Requirement = {
  installed: runs('javac', '-version') && runs('mvn', '-version'),
  howTo: 'a JDK and Maven (apt-get install default-jdk-headless maven)',
};

export const python: Requirement = {
  // Debian's own Python has venv, but not what it needs to make one.
  installed: runs('python3', '-c', 'import ensurepip'),
  howTo: 'Python with venv (apt-get install python3-venv)',
};

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

function newestPostgres(folder: string): string | undefined {
  try {
    const [newest] = readdirSync(folder).sort((a, b) => Number(b) - Number(a));
    return newest && join(folder, newest, 'bin');
  } catch {
    return undefined;
  }
}
