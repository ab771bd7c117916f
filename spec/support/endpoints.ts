import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CibaBackchannelOptions,
  type CibaTokenOptions,
  cibaBackchannel,
  cibaRevocation,
  cibaToken,
  type EndpointHandler,
} from 'ciba-backchannel';
import { type Reply, type StubAuthlete, stubAuthlete } from './stub-authlete.js';
import { webHost } from './web-host.js';

/** What all endpoints take. */
export type CommonOptions = Pick<
  CibaBackchannelOptions<{ subject: string }> & CibaTokenOptions,
  'bodyLimit' | 'clientCertificate' | 'logger' | 'realm' | 'timeout'
>;

/** One of the endpoints: they share the rules about forms, credentials and failures, and so do their specs. */
export interface Endpoint {
  /** Its API of the first call, which gets the form and the credentials. */
  api: 'backchannelAuthentication' | 'token' | 'revocation';
  make(authlete: StubAuthlete, options?: CommonOptions): Middleware;
}

interface BothDoors extends Endpoint {
  make(authlete: StubAuthlete, options?: CommonOptions): EndpointHandler;
}

export type Middleware = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;

export const endpoints: [string, BothDoors][] = [
  [
    'cibaBackchannel',
    {
      api: 'backchannelAuthentication',
      make: (authlete, options) => cibaBackchannel({ authlete, identifyUser: () => null, ...options }),
    },
  ],
  ['cibaRevocation', { api: 'revocation', make: (authlete, options) => cibaRevocation({ authlete, ...options }) }],
  ['cibaToken', { api: 'token', make: (authlete, options) => cibaToken({ authlete, ...options }) }],
];

/** The endpoints by both their doors. */
export const endpointsByDoor: [string, Endpoint][] = endpoints.flatMap(([name, { api, make }]) => [
  [name, { api, make }],
  [`${name}().fetch`, { api, make: (authlete, options) => webHost(make(authlete, options).fetch) }],
]);

/** Sent by {@link judging} to every request that reaches Authlete: 400, easily told from other refusals. */
export const judgement = '{"error":"judged_by_the_stub"}';

/** An endpoint whose Authlete has an answer ready for whatever reaches it. */
export function judging<E extends Endpoint>(
  { api, make }: E,
  options?: CommonOptions,
  reply: Reply = { action: 'BAD_REQUEST', responseContent: judgement },
): { authlete: StubAuthlete; middleware: ReturnType<E['make']> } {
  const authlete = stubAuthlete({ [api]: reply });
  return { authlete, middleware: make(authlete, { logger: false, ...options }) as ReturnType<E['make']> };
}
