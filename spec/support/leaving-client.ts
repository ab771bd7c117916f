import { expect } from '@jest/globals';
import { authorized, type CibaBackchannelOptions, type CibaEvent, cibaBackchannel } from 'ciba-backchannel';
import { deferred } from './deferred.js';
import { rawClient, rawPost } from './raw-client.js';
import { serving } from './serving.js';
import { stubAuthlete } from './stub-authlete.js';
import type { doors } from './web-host.js';

type Options = CibaBackchannelOptions<{ subject: string }>;

/**
 * An endpoint with a client that has sent its request, and will leave: `authenticate` must never be called.
 *
 * @param open the door
 */
export async function leavingClient(
  replies: Parameters<typeof stubAuthlete>[0],
  options: Partial<Options> = {},
  open: (typeof doors)[number][1] = (ciba) => ciba,
) {
  const authlete = stubAuthlete(replies);
  const events: CibaEvent[] = [];
  const ended = deferred<CibaEvent>();
  let begun = 0;
  const ciba = cibaBackchannel({
    authlete,
    identifyUser: () => ({ subject: 'alice' }),
    authenticate: () => {
      begun += 1;
      return authorized();
    },
    onEvent: (event) => {
      events.push(event);
      ended.resolve(event);
    },
    timeout: 60_000,
    ...options,
  });
  const server = await serving(open(ciba));
  const client = await rawClient(server.port);
  client.write(rawPost('scope=openid&login_hint=alice'));
  /** Resolves when the endpoint is through with the request. */
  const settled = async () => {
    await ciba.close({ timeout: 60_000 });
    expect(begun).toBe(0);
    return authlete.calls.map(({ api, request }) => ({ api, request }));
  };
  return { authlete, client, events, refused: ended.promise, settled, server, ciba };
}
