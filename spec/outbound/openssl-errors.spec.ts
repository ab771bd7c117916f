import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { program } from '../support/program.js';

it('no host name, key or certificate of others leaves an error with OpenSSL that ends the process', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program('spec/support/openssl-errors.ts')]);
  expect(stdout).toMatch(/alive\n$/);
});
