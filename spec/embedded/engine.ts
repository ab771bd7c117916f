import { type EmbeddedAuthlete, type EmbeddedAuthleteOptions, embeddedAuthlete } from 'ciba-backchannel/embedded';

export const issuer = 'https://as.example.com';
export const cibaGrantType = 'urn:openid:params:grant-type:ciba';

/** One client for each delivery mode, and one for each thing that a client may lack. */
export const clients: EmbeddedAuthleteOptions['clients'] = [
  { client_id: 'poll', client_secret: 'poll secret', client_name: 'Polls', backchannel_token_delivery_mode: 'poll' },
  {
    client_id: 'ping',
    client_secret: 'ping secret',
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: 'https://ping.example.com/callback',
  },
  {
    client_id: 'push',
    client_secret: 'push secret',
    backchannel_token_delivery_mode: 'push',
    backchannel_client_notification_endpoint: 'https://push.example.com/callback',
  },
  {
    client_id: 'post',
    client_secret: 'post secret',
    token_endpoint_auth_method: 'client_secret_post',
    backchannel_token_delivery_mode: 'poll',
  },
  { client_id: '12345678901234567', client_secret: 'number secret', backchannel_token_delivery_mode: 'poll' },
  {
    client_id: 'code',
    client_secret: 'code secret',
    backchannel_token_delivery_mode: 'poll',
    backchannel_user_code_parameter: true,
  },
  {
    client_id: 'narrow',
    client_secret: 'narrow secret',
    scope: 'openid email offline_access',
    grant_types: [cibaGrantType],
    authorization_details_types: ['payment'],
    backchannel_token_delivery_mode: 'poll',
  },
  { client_id: 'public', token_endpoint_auth_method: 'none', backchannel_token_delivery_mode: 'poll' },
  { client_id: 'no-ciba', client_secret: 'no-ciba secret' },
];

/** Parameters of a form, or the form itself. */
export type Parameters = Record<string, string> | string;

export interface TestEngine {
  authlete: EmbeddedAuthlete;
  /** Moves the engine's clock on. */
  wait(seconds: number): void;
  now(): number;
}

export async function startEngine(options: Partial<EmbeddedAuthleteOptions> = {}): Promise<TestEngine> {
  let time = 1_800_000_000_000;
  const authlete = await embeddedAuthlete({ issuer, clients, clock: () => time, ...options });
  return {
    authlete,
    wait(seconds) {
      time += seconds * 1000;
    },
    now: () => time,
  };
}

export function credentials(client: string) {
  return { clientId: client, clientSecret: `${client} secret` };
}

function form(parameters: Parameters): string {
  return typeof parameters === 'string' ? parameters : new URLSearchParams(parameters).toString();
}

export const validRequest = { scope: 'openid', login_hint: 'alice' };
export const validNotifiedRequest = { ...validRequest, client_notification_token: 'notify-me' };

/** Sends a backchannel authentication request with the client's own credentials. */
export function ask({ authlete }: TestEngine, client: string, parameters: Parameters) {
  return authlete.backchannelAuthentication({ ...credentials(client), parameters: form(parameters) });
}

/** Gets an `auth_req_id`. */
export async function start(
  engine: TestEngine,
  client: string,
  parameters: Parameters = validRequest,
  afterJudgement: (judged: object) => void = () => {},
) {
  const judged = await ask(engine, client, parameters);
  const { ticket } = judged;
  afterJudgement(judged);
  const { authReqId } = await engine.authlete.backchannelAuthenticationIssue({ ticket: ticket ?? '' });
  return { ticket: ticket ?? '', authReqId: authReqId ?? '' };
}

/** Sends a token request with the client's own credentials. */
export function askTokens({ authlete }: TestEngine, client: string, parameters: Parameters) {
  return authlete.token({ ...credentials(client), parameters: form(parameters) });
}

export function poll(engine: TestEngine, client: string, authReqId: string) {
  return askTokens(engine, client, { grant_type: cibaGrantType, auth_req_id: authReqId });
}

/** Gets tokens: the whole flow for a user who approves. */
export async function getTokens(engine: TestEngine, client: string, parameters: Parameters = validRequest) {
  const { ticket, authReqId } = await start(engine, client, parameters);
  await engine.authlete.backchannelAuthenticationComplete({ ticket, result: 'AUTHORIZED', subject: 'alice' });
  return poll(engine, client, authReqId);
}

/** The body for the client, parsed. */
export function content(response: { responseContent?: string | null }) {
  return JSON.parse(response.responseContent ?? '');
}
