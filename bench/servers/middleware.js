// What d, e and f have in common: this middleware, with a hook that finds the user and one that asks on the phone.

import { sendToPhone } from './phone.js';

/** An entry of the package, as it is built here or in the checkout that `--against` names. */
export function entry(name) {
  const { PACKAGE } = process.env;
  return PACKAGE === undefined
    ? import(`ciba-backchannel${name}`)
    : import(new URL(`dist${name}/index.js`, `file://${PACKAGE}/`));
}

const { authleteClient, cibaBackchannel, later } = await entry('');
const users = new Map([['alice', { subject: 'user-1' }]]);

export function client() {
  return authleteClient({
    baseUrl: process.env.AUTHLETE,
    serviceId: '1',
    accessToken: 'access-token-of-the-benchmark',
  });
}

export function middleware(authlete) {
  return cibaBackchannel({
    authlete,
    identifyUser: (request) => users.get(request.hint),
    ...(process.env.HOOK !== 'none' && {
      authenticate,
      handleKeys: ['a key of the benchmark, thirty-two bytes or more'],
    }),
  });
}

// The handle is sealed when it is read. `process.env` is read once, since that costs a microsecond.
const reference = process.env.HOOK === 'no-handle' ? 'id' : 'handle';

function authenticate(transaction) {
  sendToPhone(transaction[reference]);
  return later();
}
