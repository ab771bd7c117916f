import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { describe, expect, it } from '@jest/globals';
import {
  type AuthenticationRequest,
  type AuthleteApi,
  authorized,
  type CibaBackchannelOptions,
  type CibaEvent,
  type CibaTokenOptions,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  type Decision,
  type HookContext,
  later,
  type Policy,
  Reason,
  type Rejection,
  reject,
} from 'ciba-backchannel';
import { identifyBy } from 'ciba-backchannel/hints';
import {
  authorizationDetails,
  bindingMessage,
  camara,
  clients,
  promptLimit,
  resources,
  userCode,
} from 'ciba-backchannel/policies';
import connect from 'connect';
import express, { type Request } from 'express';
import { stubAuthlete } from '../support/stub-authlete.js';

// What matters here is what the compiler says: `npm run typecheck` proves it, the runner only runs it.

const authlete: AuthleteApi = stubAuthlete();
type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const proves = <_Proof extends true>() => expect(true).toBe(true);

interface Account {
  subject: string;
  phone: string;
}
const find: (hint: string) => Promise<Account | null> = async () => null;

describe('the user type', () => {
  it('flows from identifyUser to the other hooks', () => {
    cibaBackchannel({
      authlete,
      identifyUser: async (request) => (await find(request.hint)) ?? reject(Reason.UNKNOWN_USER_ID),
      policy: (request, user, { signal }) => {
        proves<Is<typeof user, Account>>();
        proves<Is<typeof request, AuthenticationRequest>>();
        proves<Is<typeof signal, AbortSignal>>();
      },
      authenticate: async ({ user, handle, expiresAt, subject }) => {
        proves<Is<typeof user, Account>>();
        proves<Is<[typeof handle, typeof expiresAt, typeof subject], [string, Date, string]>>();
        // @ts-expect-error
        void user.mail;
        return user.phone === '' ? later() : authorized();
      },
      claims: (user, names) => {
        proves<Is<typeof user.subject, string>>();
        proves<Is<typeof user.phone, string | undefined>>();
        return Object.fromEntries(names.map((name) => [name, user.phone]));
      },
    });
    proves<true>();
  });

  it('flows to an array of policies, and from a synchronous hook', () => {
    cibaBackchannel({
      authlete,
      identifyUser: (request) => (request.hint === '' ? undefined : { subject: request.hint, level: 3 }),
      policy: [
        (_request, user) => (user.level < 2 ? reject('ACCESS_DENIED') : undefined),
        async (_request, user) => {
          // @ts-expect-error
          void user.phone;
        },
      ],
    });
    proves<true>();
  });

  it('needs a subject', () => {
    cibaBackchannel({
      authlete,
      // @ts-expect-error
      identifyUser: () => ({ sub: 'alice' }),
    });
    cibaBackchannel({
      authlete,
      // @ts-expect-error
      identifyUser: () => ({ subject: 7 }),
    });
    proves<true>();
  });
});

describe('options apart from the call', () => {
  it('are checked by `satisfies` without a type argument, and keep the user type', () => {
    const options = {
      authlete,
      identifyUser: async ({ hint }) => find(hint),
      policy: (request, user) => (user.subject === request.hint ? undefined : reject('ACCESS_DENIED')),
      authenticate: () => later(),
    } satisfies CibaBackchannelOptions;
    cibaBackchannel(options);
    const token = { authlete, htu: 'https://as.example.com/token' } satisfies CibaTokenOptions;
    cibaToken(token);
    // @ts-expect-error
    expect({ authlete, identifyUser: () => 7 } satisfies CibaBackchannelOptions).toBeDefined();
    proves<Is<ReturnType<typeof options.identifyUser>, Promise<Account | null>>>();
  });
});

describe('the types of hooks', () => {
  it('refuse what the hooks must not give', () => {
    const identifyUser = () => ({ subject: 'alice' });
    // @ts-expect-error
    cibaBackchannel({ authlete, identifyUser, policy: () => false });
    // @ts-expect-error
    cibaBackchannel({ authlete, identifyUser, policy: async () => 'ACCESS_DENIED' });
    // @ts-expect-error
    cibaBackchannel({ authlete, identifyUser, authenticate: () => 'AUTHORIZED' });
    // @ts-expect-error
    cibaBackchannel({ authlete, identifyUser, authenticate: async () => {} });
    // @ts-expect-error
    expect(() => cibaBackchannel({ authlete, identifyUser, polices: [] })).toThrow('policy');
    // @ts-expect-error
    expect(() => cibaBackchannel({ identifyUser })).toThrow('authlete');
    // @ts-expect-error
    expect(() => reject('NO_REASON')).toThrow('NO_REASON');
    const decision: Decision = authorized();
    const rejection: Rejection = reject('ACCESS_DENIED');
    expect([decision.result, rejection.reason]).toEqual(['AUTHORIZED', 'ACCESS_DENIED']);
  });

  it('let the host name its own request', () => {
    cibaBackchannel({
      authlete,
      identifyUser: (request, { req }: HookContext<Request>) => {
        proves<Is<typeof req, Request>>();
        return req.ip === undefined ? null : { subject: request.hint };
      },
      policy: (_request, user, { req }) => {
        proves<Is<typeof req, Request>>();
        proves<Is<typeof user, { subject: string }>>();
      },
    });
    cibaBackchannel<Account, Request>({ authlete, identifyUser: (_request, { req }) => find(req.ip ?? '') });
    cibaToken<Request>({ authlete, otherGrant: (_response, { req }) => ({ status: 400, body: { error: req.path } }) });
    proves<true>();
  });

  it('know that every request has its five fields', () => {
    proves<
      Is<
        Pick<AuthenticationRequest, 'clientId' | 'hint' | 'hintType' | 'deliveryMode'>,
        {
          clientId: string;
          hint: string;
          hintType: 'LOGIN_HINT' | 'LOGIN_HINT_TOKEN' | 'ID_TOKEN_HINT';
          deliveryMode: 'POLL' | 'PING' | 'PUSH';
        }
      >
    >();
    const request = {} as AuthenticationRequest;
    // @ts-expect-error
    void request.ticket;
    // @ts-expect-error
    void request.clientNotificationToken;
    // @ts-expect-error
    void request.noSuchField;
  });

  it('tell events apart by their type', () => {
    const describeEvent = (event: CibaEvent): string | number | undefined => {
      if (event.type === 'completed') return event.result;
      if (event.type === 'refused') return event.reason ?? event.action ?? event.status;
      // @ts-expect-error
      void event.status.toFixed();
      return event.clientId;
    };
    expect(describeEvent({ type: 'refused', status: 405, durationMs: 1 })).toBe(405);
  });
});

describe("the package's own hints and policies", () => {
  type WebRequest = globalThis.Request;
  const readyMade = [
    clients({ allow: ['teller'] }),
    resources({ allow: [] }),
    authorizationDetails<Account>({ types: [] }),
    bindingMessage(),
    userCode<Account>({ required: ({ phone }) => phone !== '', verify: () => true }),
    promptLimit(),
    camara(),
  ] as const;

  it("fit the host's request that type arguments name", () => {
    const identifyUser = identifyBy<Account, WebRequest>({ loginHint: (hint, _, { req }) => find(hint + req.url) });
    cibaBackchannel<Account, WebRequest>({ authlete, identifyUser, policy: readyMade });
    cibaBackchannel<Account, Request>({
      authlete,
      identifyUser: identifyBy({
        loginHint: (hint) => find(hint),
        idTokenHint: (_hint, _request, { req }) => {
          proves<Is<typeof req, Request>>();
          return null;
        },
      }),
      policy: bindingMessage(),
    });
    // @ts-expect-error
    cibaBackchannel<Account, IncomingMessage>({ authlete, identifyUser });
    proves<true>();
  });

  it('fit the request that another hook names', () => {
    cibaBackchannel({
      authlete,
      identifyUser: identifyBy({ loginHint: (hint, _, { req }: HookContext<WebRequest>) => find(hint + req.url) }),
      policy: bindingMessage(),
    });
    cibaBackchannel({
      authlete,
      identifyUser: ({ hint }, { req }: HookContext<WebRequest>) => find(hint + req.url),
      policy: [
        ...readyMade,
        (_request, user, { req }) => {
          proves<Is<typeof user, Account>>();
          proves<Is<typeof req, WebRequest>>();
        },
      ],
    });
    proves<true>();
  });

  it('leave it the IncomingMessage that it is where nobody names one', () => {
    const identifyUser = identifyBy({
      loginHint: (hint, _, { req }) => {
        proves<Is<typeof req, IncomingMessage>>();
        return find(hint);
      },
    });
    cibaBackchannel({ authlete, identifyUser, policy: bindingMessage() });
    cibaBackchannel({
      authlete,
      identifyUser: ({ hint }, { req }) => {
        proves<Is<typeof req, IncomingMessage>>();
        return find(hint);
      },
      policy: [
        ...readyMade,
        (_request, user, { req }) => {
          proves<Is<typeof user, Account>>();
          proves<Is<typeof req, IncomingMessage>>();
        },
      ],
    });
    proves<true>();
  });

  it("can be called in a policy of the host's own", () => {
    const whereVisited =
      (host: string): Policy<Account, WebRequest> =>
      (request, user, context) =>
        context.req.url.startsWith(host) ? bindingMessage()(request, user, context) : reject('ACCESS_DENIED');
    cibaBackchannel<Account, WebRequest>({ authlete, identifyUser: () => null, policy: whereVisited('https://a') });
    proves<true>();
  });
});

describe('the middleware', () => {
  it('declares three parameters, which koa-connect and restify count', () => {
    for (const handler of [
      cibaBackchannel({ authlete, identifyUser: () => null }),
      cibaToken({ authlete }),
      cibaDiscovery({ authlete }),
    ]) {
      expect(handler).toHaveLength(3);
    }
  });

  it('fits http2, and the route handlers of Next.js', () => {
    type RouteHandler = (
      request: globalThis.Request,
      context: { params: Promise<object> },
    ) => Response | Promise<Response>;
    for (const handler of [
      cibaBackchannel({ authlete, identifyUser: () => null }),
      cibaToken({ authlete }),
      cibaDiscovery({ authlete }),
    ]) {
      const POST: RouteHandler = handler.fetch;
      expect(POST).toBe(handler.fetch);
      createHttp2Server(handler).close();
      createSecureServer({ allowHTTP1: true }, handler).close();
      createServer(handler).close();
    }
  });

  it('fits Express, Connect and node:http', () => {
    const ciba = cibaBackchannel({ authlete, identifyUser: () => null });
    const token = cibaToken({ authlete });
    express().use('/ciba', ciba).post('/ciba', ciba).use(token);
    connect().use('/ciba', ciba).use(token);
    const listener: (req: IncomingMessage, res: ServerResponse) => void = ciba;
    expect(listener).toBe(ciba);
    // @ts-expect-error
    expect(() => cibaToken({})).toThrow('authlete');
  });
});
