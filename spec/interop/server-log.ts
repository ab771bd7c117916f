import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Resolves when the server accepts connections; reads its log to the end, so that it never blocks on a full pipe. */
export async function accepting(server: ChildProcess, output: Readable | null): Promise<void> {
  let log = '';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('close', () => reject(new Error(`${server.spawnfile} did not start:\n${log}`)));
    output?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4096);
      if (/ready to accept connections|process up/i.test(log)) resolve();
    });
  });
}
