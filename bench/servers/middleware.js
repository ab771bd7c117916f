// What d, e and f have in common: this middleware, with the one hook that the hand-written servers have too.

import { authleteClient, cibaBackchannel } from 'ciba-backchannel';

const users = new Map([['alice', { subject: 'user-1' }]]);

export function client() {
  return authleteClient({
    baseUrl: process.env.AUTHLETE,
    serviceId: '1',
    accessToken: 'access-token-of-the-benchmark',
  });
}

export function middleware(authlete) {
  return cibaBackchannel({ authlete, identifyUser: (request) => users.get(request.hint) });
}
