import { Authlete } from '@authlete/typescript-sdk';
import { expect, it } from '@jest/globals';
import { cibaBackchannel, cibaCompletion, cibaDiscovery, cibaRevocation, cibaToken } from 'ciba-backchannel';
import { protect } from 'ciba-backchannel/resource';
import { typescriptSdk } from '../support/authlete-library.js';
import { describeLibrary } from '../support/authlete-scenario.js';

describeLibrary({ name: "Authlete's TypeScript SDK", start: typescriptSdk });

// biome-ignore lint/suspicious/noExplicitAny: an SDK is not an AuthleteApi
it.each<[string, (options: any) => unknown, object]>([
  ['cibaBackchannel', cibaBackchannel, { identifyUser: () => null }],
  ['cibaCompletion', cibaCompletion, { handleKeys: ['k'.repeat(32)] }],
  ['cibaDiscovery', cibaDiscovery, {}],
  ['cibaRevocation', cibaRevocation, {}],
  ['cibaToken', cibaToken, {}],
  ['protect', protect, {}],
])('an instance of it as `authlete` of %s is refused by its name, with what to use instead', (_, factory, options) => {
  expect(() => factory({ authlete: new Authlete({ bearer: 'x' }), ...options })).toThrow(
    /^authlete is an instance of Authlete's SDK .*authleteClient\(/,
  );
});
