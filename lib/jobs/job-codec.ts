import { hash } from 'node:crypto';
import { type SealKey, seals } from '../seal/seals.js';
import type { JobContents } from './contents.js';
import type { Job, JobQueue } from './queue.js';

/** A job as the store keeps it, without its due time. */
export type SealedJob = Omit<Job, 'dueAt'>;

/** Seals and unseals the jobs of a queue. Without the key, nobody can read a job, or change it unnoticed. */
export interface JobCodec {
  /** @param id the result of `jobId` for the transaction's ticket, if it is known already */
  seal(contents: JobContents, id?: string): SealedJob;
  /** @throws when this process does not have the key, or is too old for the job, or the job was changed */
  unseal(job: SealedJob): JobContents;
}

/** The version of the sealed jobs. A process leaves jobs of other versions to processes that know them. */
const version = 1;

/** The stage of each kind of job in the life of a transaction. */
export const stages = { expiry: 0, decision: 1, notification: 2 } as const;

/** @param queue its name is sealed too, so that services with the same keys cannot unseal each other's jobs */
export function jobCodec(handleKeys: readonly SealKey[], { name = '' }: JobQueue): JobCodec {
  const { seal, unseal } = seals(handleKeys, 'job', 'handleKeys');
  return {
    seal(contents, id = jobId(contents.transaction.ticket)) {
      const { kind, expiresAt } = contents;
      const data = seal(JSON.stringify({ v: version, id, queue: name, ...contents }));
      return { id, stage: stages[kind], data, expiresAt };
    },
    unseal(job) {
      const { v, id, queue, ...contents } = JSON.parse(unseal(job.data));
      if (v !== version || !Object.hasOwn(stages, contents.kind)) throw new Error('the job is of an unknown kind');
      if (queue !== name) throw new Error('the job is of another queue');
      const { kind, transaction, expiresAt } = contents as JobContents;
      const isOther = id !== job.id || stages[kind] !== job.stage || expiresAt !== job.expiresAt;
      if (isOther || id !== jobId(transaction.ticket)) throw new Error('the job differs from the one that was sealed');
      if (!isComplete(contents)) throw new Error('the job is not complete');
      return contents;
    },
  };
}

/**
 * The id of a transaction's only row: a UUID (RFC 9562, version 8) from a hash of the ticket, the same in every process.
 */
export function jobId(ticket: string): string {
  const hex = hash('sha256', `ciba-backchannel job\0${ticket}`, 'hex');
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) & 3);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function isComplete(contents: JobContents): boolean {
  if (contents.kind === 'decision') return typeof contents.request?.ticket === 'string';
  if (contents.kind === 'expiry') return true;
  const { endpoint, token, body } = contents;
  return [endpoint, token, body].every((text) => typeof text === 'string');
}
