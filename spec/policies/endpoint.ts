import type { AuthenticationRequest, AuthleteApi, IdentifyUser } from 'ciba-backchannel';
import { cibaBackchannel, type Logger, later, type Policy, type User } from 'ciba-backchannel';
import { type ClientMetadata, embeddedAuthlete } from 'ciba-backchannel/embedded';
import request from 'supertest';

/** What the client gets: 200 and no error, or the error. */
export interface Answer {
  status: number;
  error?: string;
  description?: string;
}

export type Form = Record<string, string | readonly string[]>;

export interface Endpoint<U extends User> {
  identifyUser?: IdentifyUser<U>;
  policy?: Policy<U> | readonly Policy<U>[];
  logger?: Logger;
  bodyLimit?: number;
  scopes?: readonly string[];
  /** More clients; `teller` is always there. Each has the secret `secret`. */
  clients?: readonly Partial<ClientMetadata>[];
  /** Changes what the engine says of a request. */
  engine?: (authlete: AuthleteApi) => AuthleteApi;
}

/** The endpoint over HTTP, with the hooks under test, on the embedded engine. */
export async function endpoint<U extends User>(options: Endpoint<U>) {
  const authlete = await embeddedAuthlete({
    issuer: 'https://as.example.com',
    scopes: options.scopes,
    clients: [{ client_id: 'teller' }, ...(options.clients ?? [])].map((client) => ({
      client_id: 'teller',
      client_secret: 'secret',
      backchannel_token_delivery_mode: 'poll' as const,
      backchannel_client_notification_endpoint: 'https://client.example.com/callback',
      ...client,
    })),
  });
  const ciba = cibaBackchannel<U>({
    authlete: options.engine ? options.engine(authlete) : authlete,
    identifyUser: options.identifyUser ?? (({ hint }: AuthenticationRequest) => ({ subject: hint }) as U),
    policy: options.policy,
    authenticate: () => later(),
    logger: options.logger,
    bodyLimit: options.bodyLimit,
  });

  return async function send(form: Form = {}, client = 'teller'): Promise<Answer> {
    const parameters = new URLSearchParams();
    const all = { scope: 'openid', ...(hasHint(form) ? {} : { login_hint: 'alice' }), ...form };
    for (const [name, value] of Object.entries(all)) {
      for (const one of [value].flat()) parameters.append(name, one);
    }
    const { status, body } = await request(ciba).post('/').auth(client, 'secret').send(parameters.toString());
    return status === 200 ? { status } : { status, error: body.error, description: body.error_description };
  };
}

function hasHint(form: Form): boolean {
  return 'login_hint' in form || 'login_hint_token' in form || 'id_token_hint' in form;
}

/**
 * An engine that calls a `login_hint` something else. The embedded engine checks ID token hints itself; Authlete does not
 * promise to, and here it is the hook that is under test.
 */
export function withHintType(hintType: 'LOGIN_HINT_TOKEN' | 'ID_TOKEN_HINT') {
  return (authlete: AuthleteApi): AuthleteApi => ({
    ...authlete,
    backchannelAuthentication: async (request) => ({
      ...(await authlete.backchannelAuthentication(request)),
      hintType,
    }),
  });
}

/** A logger that remembers what somebody should look at. */
export function recorder(): Logger & { lines: { level: string; message: string; details?: object }[] } {
  const lines: { level: string; message: string; details?: object }[] = [];
  const at = (level: string) => (message: string, details?: object) => void lines.push({ level, message, details });
  return { debug() {}, info() {}, warn: at('warn'), error: at('error'), lines };
}
