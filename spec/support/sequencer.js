// Jest begins with the files that took longest the last time, or with the largest ones where there was no last time. The files
// below take long, whatever their size: the cores would wait for the one that began last.

import Sequencer from '@jest/test-sequencer';

const long = [
  'package/package',
  'package/types',
  'jobs/simulation',
  'e2e/device-page',
  'e2e/tutorial',
  'e2e/authlete',
  'e2e/start',
  'e2e/simulator',
  'e2e/device',
  'e2e/mcp',
  'e2e/examples',
  'e2e/phone-example',
  'client/outage',
  'client/bad-answers',
  'client/kill',
  'conformance/ping',
];

const rank = ({ path }) => {
  const i = long.findIndex((name) => path.endsWith(`/spec/${name}.spec.ts`));
  return i < 0 ? long.length : i;
};

export default class extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
