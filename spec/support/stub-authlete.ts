import { EventEmitter, on } from 'node:events';
import type { AuthleteApi, CallOptions } from 'ciba-backchannel';

type Api = keyof AuthleteApi;
// biome-ignore lint/suspicious/noExplicitAny: a stub is given, and gives, what no type allows
type Loose = any;

/** What the stub answers: an object, or a function that makes it (or throws, or hangs). */
export type Reply = ((request: Loose, options: CallOptions) => Loose) | object | null | string | undefined;

export interface Call {
  api: Api;
  request: Loose;
  signal: AbortSignal | undefined;
}

/** An AuthleteApi that answers what the spec wants and records every call. */
export interface StubAuthlete extends Required<AuthleteApi> {
  readonly calls: Call[];
  /** The requests of one API, in order. */
  requests(api: Api): Loose[];
  /** Resolves to the first call of an API, made already or yet to come. */
  called(api: Api): Promise<Call>;
}

/** Secrets and digits that the specs look for. */
export const ticket = 'ticket-of-the-stub-7f3a';
export const authReqId = 'auth-req-id-of-the-stub-91bc';
export const clientId = '9007199254740993';

/** A valid request of a poll client, as Authlete parses it. */
export const valid = {
  action: 'USER_IDENTIFICATION',
  resultCode: 'A179001',
  resultMessage: 'valid',
  ticket,
  clientId,
  clientName: 'Teller',
  deliveryMode: 'POLL',
  hintType: 'LOGIN_HINT',
  hint: 'alice',
  scopes: [{ name: 'openid' }],
  userCode: 'user-code-of-the-stub-4821',
  clientNotificationToken: 'notification-token-of-the-stub',
  bindingMessage: 'W4-7',
};

export const acknowledgement = `{"auth_req_id":"${authReqId}",  "expires_in":120,"interval":5}`;

export const issued = {
  action: 'OK',
  resultCode: 'A180001',
  responseContent: acknowledgement,
  authReqId,
  expiresIn: 120,
  interval: 5,
};

const statuses: Record<string, string> = { ACCESS_DENIED: 'FORBIDDEN', SERVER_ERROR: 'INTERNAL_SERVER_ERROR' };

const defaults: Record<Api, Reply> = {
  backchannelAuthentication: valid,
  backchannelAuthenticationIssue: issued,
  backchannelAuthenticationFail: ({ reason, errorDescription, errorUri }: Loose) => ({
    action: statuses[reason] ?? 'BAD_REQUEST',
    responseContent: JSON.stringify({
      error: reason.toLowerCase(),
      error_description: errorDescription ?? `[stub] ${reason}`,
      error_uri: errorUri,
    }),
  }),
  backchannelAuthenticationComplete: { action: 'NO_ACTION' },
  token: { action: 'OK', responseContent: '{"access_token":"access-token-of-the-stub","token_type":"Bearer"}' },
  tokenRevoke: { count: 1 },
  revocation: { action: 'OK' },
  introspection: { action: 'OK' },
  configuration: { issuer: 'https://as.example.com', jwks_uri: 'https://as.example.com/jwks' },
  jwks: { keys: [] },
};

export function stubAuthlete(replies: Partial<Record<Api, Reply>> = {}): StubAuthlete {
  const calls: Call[] = [];
  const events = new EventEmitter().setMaxListeners(0);

  function answer(api: Api) {
    const reply = api in replies ? replies[api] : defaults[api];
    return async (request?: Loose, options?: CallOptions) => {
      const call = { api, request, signal: options?.signal };
      calls.push(call);
      events.emit('call', call);
      return typeof reply === 'function' ? reply(request, options ?? {}) : reply;
    };
  }

  const methods = Object.fromEntries((Object.keys(defaults) as Api[]).map((api) => [api, answer(api)]));
  return {
    ...(methods as unknown as Required<AuthleteApi>),
    calls,
    requests: (api) => calls.filter((call) => call.api === api).map((call) => call.request),
    async called(api) {
      const before = calls.find((call) => call.api === api);
      if (before) return before;
      for await (const [call] of on(events, 'call')) if (call.api === api) return call;
      throw new Error('unreachable');
    },
  };
}
