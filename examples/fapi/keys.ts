/*
 * Makes the keys and certificates of a conformance run, and writes both sides: the server's clients and the
 * configurations of the conformance suite. What it writes holds private keys: it goes to a directory that git ignores.
 *
 *     npm run fapi:keys -- --issuer https://localhost:9443 --suite https://localhost:8443
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeConformanceRun } from './conformance-run.js';

const { values } = parseArgs({
  options: {
    issuer: { type: 'string', default: 'https://localhost:9443' },
    suite: { type: 'string', default: 'https://localhost:8443' },
    'suite-ca': { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('keys', import.meta.url)) },
  },
});

const withoutSlash = (url: string) => new URL(url).href.replace(/\/$/, '');
const saved = join(values.out, 'suite.pem');
const suiteCa = values['suite-ca'] ?? (existsSync(saved) ? saved : undefined);
const ca = suiteCa === undefined ? undefined : await readFile(suiteCa, 'utf8');
if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) {
  throw new Error(`${suiteCa} holds no certificate (PEM): was the suite up when it was saved?`);
}
// First, since the keys take a while.
if (suiteCa === undefined) {
  console.error(`
No certificate of the suite, so the server will trust only the authorities that Node trusts. The suite's own certificate
signs itself: its modules with ping will wait in vain. Save it, and make the keys again:

  openssl s_client -connect ${new URL(values.suite).host} </dev/null 2>/dev/null | openssl x509 > ${relative('.', saved)}
  npm run fapi:keys`);
}

const run = await makeConformanceRun(withoutSlash(values.issuer), withoutSlash(values.suite), ca);

await mkdir(values.out, { recursive: true });
for (const [name, content] of [
  ['clients.json', run.clientsFile] as const,
  ...Object.entries(run.suiteConfigurations),
]) {
  const path = join(values.out, name);
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  console.log(relative('.', path));
}
