import { createHash } from 'node:crypto';
import { type SealKey, seals } from '../seal/seals.js';
import type { IssuedTransaction, JobContents } from './contents.js';
import type { Job } from './queue.js';

/** Turns what is to be done into jobs for a queue, and back. */
export interface JobCodec {
  /** @param dueIn milliseconds from now */
  encode(contents: JobContents, dueIn: number): Job;
  /** @throws when the job was sealed with a key that is not there, or is not what was sealed */
  decode(job: Job): JobContents;
}

/**
 * The id of a job: a UUID (RFC 9562, version 8) of a hash of what it is and of the ticket. So there is one decision of
 * a transaction, whichever process stores it.
 */
export function jobId(kind: JobContents['kind'], { ticket }: IssuedTransaction): string {
  const bytes = createHash('sha256').update(`ciba-backchannel job ${kind}\0${ticket}`).digest();
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex', 0, 16).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/** For a queue in this process. */
export const plainJobs: JobCodec = {
  encode: (contents, dueIn) => job(contents, dueIn, JSON.stringify(contents)),
  decode: ({ data }) => JSON.parse(data) as JobContents,
};

/** For a queue in a database, where others can read and write: nothing is legible, and what was changed is noticed. */
export function sealedJobs(handleKeys: readonly SealKey[]): JobCodec {
  const { seal, open } = seals(handleKeys, 'job', 'handleKeys');
  return {
    encode: (contents, dueIn) => job(contents, dueIn, seal(JSON.stringify(contents))),
    decode({ id, data, expiresAt }) {
      const contents = JSON.parse(open(data)) as JobContents;
      if (id !== jobId(contents.kind, contents.transaction) || expiresAt !== contents.expiresAt) {
        throw new Error('the job is not the one that was sealed');
      }
      return contents;
    },
  };
}

function job(contents: JobContents, dueIn: number, data: string): Job {
  const { kind, transaction, expiresAt } = contents;
  return { id: jobId(kind, transaction), data, dueAt: Date.now() + dueIn, expiresAt };
}
