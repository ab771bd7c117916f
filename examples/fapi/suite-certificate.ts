import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';

/**
 * The certificate of the suite, PEM.
 *
 * @param given path of a file that has to be there
 * @param saved path of one that may be there
 * @throws Error when the file holds no certificate
 */
export async function suiteCertificate(given: string | undefined, saved: string): Promise<string | undefined> {
  const path = given ?? (existsSync(saved) ? saved : undefined);
  if (path === undefined) return undefined;
  const content = await readFile(path, 'utf8');
  if (content.includes('-----BEGIN CERTIFICATE-----')) return content;
  throw new Error(`${path} holds no certificate (PEM): was the suite up when it was saved?`);
}

/** What to do where there is none. */
export function withoutCertificate(suite: string, saved: string): string {
  return `
There is no certificate of the suite, so the server will trust only the authorities that Node trusts. The suite's own certificate
is self-signed, so its modules with ping will never get a ping. Save the certificate, and make the keys again:

  openssl s_client -connect ${new URL(suite).host} </dev/null 2>/dev/null | openssl x509 > ${relative('.', saved)}
  npm run fapi:keys`;
}
