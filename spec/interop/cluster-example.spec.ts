import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { describeWith } from '../support/describe-with.js';
import { postgres } from './requirements.js';

describeWith(postgres, 'npm run example:cluster', () => {
  it('tells, one line a step, how one process delivers what another was killed in', async () => {
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'example:cluster'], { timeout: 170_000 });
    const told = stdout.split('\n').filter((line) => /^ *\d+\.\d s {2}/.test(line));
    const steps = [
      /PostgreSQL +runs/,
      /process A +listens/,
      /client +asked process A for alice, and has its answer: 200/,
      /process A +asks alice/,
      /process A +has her approval/,
      /run\.js +kills process A with SIGKILL, in the middle of the delivery/,
      /client +has its tokens at attempt 2: .*access_token/,
      /process B +event: notified/,
      /run\.js +nothing was lost/,
    ];
    const missing = steps.filter((step) => !told.some((line) => step.test(line)));
    expect({ missing, stdout }).toEqual({ missing: [], stdout });
    const at = (step: RegExp) => told.findIndex((line) => step.test(line));
    expect(at(/kills process A/)).toBeLessThan(at(/has its tokens/));
    expect(Number.parseFloat(told.at(-1) ?? '')).toBeLessThan(60);
  }, 180_000);
});
