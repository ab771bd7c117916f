import { AsyncLocalStorage } from 'node:async_hooks';
import type { Configuration, CustomFetch, CustomFetchOptions, DPoPHandle } from 'openid-client';
import { parseRetryAfter } from '../time/retry-after.js';
import { ApprovalError } from './errors.js';
import type { Form } from './parameters.js';

/** Maximum bytes of an answer: a larger one is ignored. */
const maxBytes = 1_000_000;

const grantType = 'urn:openid:params:grant-type:ciba';

/** The server's whole answer, whatever it is. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: string;
  /** The time by the server's clock, else by ours: milliseconds since the epoch. Clocks may be minutes apart. */
  readonly at: number;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | undefined;
}

/** The calls to the OpenID provider, made and authenticated by openid-client. They reject when there is no answer. */
export interface Server {
  backchannel(form: Form): Promise<ServerAnswer>;
  /** One token request. */
  token(authReqId: string, dpop: DPoPHandle | undefined): Promise<ServerAnswer>;
  revoke(token: string, hint: string): Promise<ServerAnswer>;
  /** Runs openid-client's functions; `signal` ends what they fetch. */
  run<T>(work: (openid: OpenId) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The `fetch` that openid-client uses, with the host's certificates and proxies. */
  fetch(url: string, options: CustomFetchOptions): Promise<Response>;
}

export type OpenId = typeof import('openid-client');

/** What one call remembers. */
interface Call {
  readonly signals: readonly AbortSignal[];
  /** Whether openid-client must not see a success: it would judge the ID token before the tokens are stored. */
  readonly keeps: boolean;
  answer?: ServerAnswer;
}

const calls = new AsyncLocalStorage<Call>();

/**
 * @param closed ends every call
 */
export function server(config: Configuration, closed: AbortSignal): Server {
  loading ??= load();
  // The first call gets the error.
  loading.catch(() => {});

  async function prepare(): Promise<OpenId> {
    const openid = (await loading) as OpenId;
    if (!(config instanceof openid.Configuration)) {
      throw new ApprovalError(
        'ERR_APPROVAL_PEER',
        'config was made by another copy of openid-client than the one that this package imports',
      );
    }
    const current = config[openid.customFetch];
    if (current === undefined || current !== fetches.get(config)?.kept) {
      const kept: CustomFetch = (url, options) => fetchKept(current, url, options);
      fetches.set(config, { hosts: current, kept });
      config[openid.customFetch] = kept;
    }
    return openid;
  }

  async function answerOf(work: (openid: OpenId) => Promise<unknown>): Promise<ServerAnswer> {
    const openid = await prepare();
    const call: Call = { signals: [closed], keeps: true };
    try {
      await calls.run(call, () => work(openid));
    } catch (error) {
      if (call.answer === undefined) throw error;
    }
    if (call.answer === undefined) throw new Error('openid-client has made no request');
    return call.answer;
  }

  return {
    backchannel: (form) => answerOf((openid) => openid.initiateBackchannelAuthentication(config, { ...form })),
    token: (authReqId, dpop) =>
      answerOf((openid) =>
        openid.genericGrantRequest(config, grantType, { auth_req_id: authReqId }, dpop && { DPoP: dpop }),
      ),
    revoke: (token, hint) => answerOf((openid) => openid.tokenRevocation(config, token, { token_type_hint: hint })),
    async run(work, signal) {
      const openid = await prepare();
      const signals = signal ? [signal, closed] : [closed];
      return calls.run({ signals, keeps: false }, () => work(openid));
    },
    fetch: (url, options) => plainFetch(fetches.get(config)?.hosts, url, options),
  };
}

/** For each configuration: the host's `fetch`, and ours in front of it. One configuration may have many clients. */
const fetches = new WeakMap<Configuration, { hosts: CustomFetch | undefined; kept: CustomFetch }>();

async function fetchKept(hosts: CustomFetch | undefined, url: string, options: CustomFetchOptions): Promise<Response> {
  const call = calls.getStore();
  if (call === undefined) return plainFetch(hosts, url, options);
  const signals = [options.signal, ...call.signals].filter((signal) => signal !== undefined);
  const response = await plainFetch(hosts, url, { ...options, signal: AbortSignal.any(signals) });
  if (!call.keeps) return response;
  const { status, headers } = response;
  const body = await textOf(response);
  const at = Date.parse(headers.get('date') ?? '') || Date.now();
  call.answer = { status, body, at, retryAfter: parseRetryAfter(headers.get('retry-after') ?? undefined, at) };
  if (status >= 200 && status < 300) throw new Error('the answer is kept');
  return new Response(bodiless.has(status) ? null : body, { status, headers });
}

function plainFetch(hosts: CustomFetch | undefined, url: string, options: CustomFetchOptions): Promise<Response> {
  return hosts ? hosts(url, options) : fetch(url, options as RequestInit);
}

/** Loaded only once: the configuration is an object of that module. */
let loading: Promise<OpenId> | undefined;

async function load(): Promise<OpenId> {
  try {
    return await import('openid-client');
  } catch (cause) {
    throw new ApprovalError('ERR_APPROVAL_PEER', 'ciba-backchannel/client needs openid-client 6: install it', {
      cause,
    });
  }
}

const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** The body, up to the maximum size. */
async function textOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop cancels the rest.
    if (length > maxBytes) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
