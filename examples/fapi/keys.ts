/*
 * Makes the keys and certificates of a conformance run, and writes both sides: the server's clients and the
 * configurations of the conformance suite. What it writes holds private keys: it goes to a directory that git ignores.
 *
 *     npm run fapi:keys -- --issuer https://localhost:9443 --suite https://localhost:8443
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeConformanceRun } from './conformance-run.js';
import { suiteCertificate, withoutCertificate } from './suite-certificate.js';

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
const ca = await suiteCertificate(values['suite-ca'], saved);
if (ca === undefined) console.error(withoutCertificate(values.suite, saved));

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
