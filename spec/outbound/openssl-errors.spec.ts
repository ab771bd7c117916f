import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

it('no host name, key or certificate of others leaves an error with OpenSSL that ends the process', async () => {
  const script = fileURLToPath(new URL('../support/openssl-errors.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script]);
  expect(stdout).toMatch(/alive\n$/);
});
