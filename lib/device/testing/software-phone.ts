import { type OptionNames, requireKnownOptions } from '../../options/known-options.js';
import { approvalChallenge } from '../requests/shown.js';
import type { ApiError, PageCalls, PasskeyRequired } from '../settings/api.js';
import type { Outcome, RequestSummary } from '../settings/request-api.js';
import type { Shown } from '../settings/shown.js';
import { type SoftwareAuthenticator, softwareAuthenticator } from './software-authenticator.js';

/** Options of {@link softwarePhone}. */
export interface SoftwarePhoneOptions {
  /** Address of the phone's page as the test reaches it, such as `http://127.0.0.1:3000/device/`. */
  url: string | URL;
  /** `origin` of the device's options, if it differs from that of `url`. */
  origin?: string | undefined;
  /** Headers of every request, such as the cookie by which the hooks `user` and `stepUp` know who is signed in at the host. */
  headers?: Record<string, string> | undefined;
  /** Holds the phone's passkeys; default: a new one. Two phones with one authenticator are two phones of one account. */
  authenticator?: SoftwareAuthenticator | undefined;
}

/**
 * A phone without a browser. When the page answers with a status other than 200, the promise rejects with an `Error` whose
 * `code` is the page's (`not_found`, `expired`, `step_up_required`, ...) and whose `status` is the HTTP status.
 */
export interface SoftwarePhone {
  /** Sets up a passkey for the person whom `headers` sign in, and makes this a phone of that person. */
  setUp(name?: string): Promise<void>;
  /** Makes this a phone of the user whose passkey the authenticator has. */
  signIn(name?: string): Promise<void>;
  /** The list of requests: those that wait come first, the newest at the top. */
  requests(): Promise<RequestSummary[]>;
  /** What the phone shows of a request, in the host's first language. */
  read(id: string): Promise<Shown>;
  /** Reads it, and approves it with the passkey. `decided` is "not yet delivered". */
  approve(id: string): Promise<Outcome>;
  deny(id: string): Promise<Outcome>;
}

const names: OptionNames<SoftwarePhoneOptions> = { url: true, origin: true, headers: true, authenticator: true };

/**
 * Creates a phone for tests of a server with `authenticationDevice`: it talks to the device's page as the page's own
 * scripts do, and its passkeys are real. Your server has to be listening; no browser is needed.
 *
 * @throws TypeError that names the option, when one is wrong
 * @example
 * ```ts
 * const phone = softwarePhone({ url: 'http://127.0.0.1:3000/device/', headers: { cookie: session } });
 * await phone.setUp();
 * // The client has asked, and ciba.idle() has resolved:
 * const [waiting] = await phone.requests();
 * await phone.approve(waiting.id);
 * ```
 */
export function softwarePhone(options: SoftwarePhoneOptions): SoftwarePhone {
  requireKnownOptions(options, names, 'softwarePhone');
  if (!URL.canParse(String(options.url))) throw new TypeError('url must be the address of the page');
  const url = new URL(options.url);
  const { origin = url.origin, headers, authenticator = softwareAuthenticator({ origin }) } = options;
  const cookies = new Map<string, string>();

  async function post(name: string, body: object): Promise<{ status: number; answer: unknown }> {
    const response = await fetch(new URL(`api/${name}`, url), {
      method: 'POST',
      headers: headersOfRequest(),
      body: JSON.stringify(body),
    });
    for (const cookie of response.headers.getSetCookie()) keep(cookie);
    const text = await response.text();
    try {
      return { status: response.status, answer: JSON.parse(text) };
    } catch {
      throw new Error(`${name}: ${url} is not the phone's page: it answered ${response.status} without JSON`);
    }
  }

  async function call<N extends keyof PageCalls>(name: N, body: PageCalls[N][0]): Promise<PageCalls[N][1]> {
    const { status, answer } = await post(name, body);
    if (status !== 200) throw refused(name, status, answer as ApiError);
    return answer as PageCalls[N][1];
  }

  function headersOfRequest(): Headers {
    const all = new Headers(headers);
    // The host's own cookies, then those of the page.
    const pairs = [all.get('cookie') ?? '', ...[...cookies].map(([name, value]) => `${name}=${value}`)];
    all.set('cookie', pairs.filter(Boolean).join('; '));
    all.set('content-type', 'application/json');
    all.set('origin', origin);
    return all;
  }

  function keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (/;\s*max-age=0(?:;|$)/i.test(cookie)) cookies.delete(name);
    else cookies.set(name, value);
  }

  /** Confirms with a passkey that exists already if the page asks for that. */
  async function setUpOptions() {
    const { status, answer } = await post('set-up/options', {});
    const { error, publicKey } = answer as PasskeyRequired;
    if (error !== 'passkey_required') {
      if (status !== 200) throw refused('set-up/options', status, answer as ApiError);
      return answer as PageCalls['set-up/options'][1];
    }
    return call('set-up/options', { confirmation: authenticator.get(publicKey) });
  }

  const details = (id: string) => call('request', { id });

  return {
    async setUp(name = 'Phone of a test') {
      const { publicKey } = await setUpOptions();
      await call('set-up', { credential: authenticator.create(publicKey), name });
    },
    async signIn(name = 'Phone of a test') {
      const { publicKey } = await call('sign-in/options', {});
      await call('sign-in', { credential: authenticator.get(publicKey), name });
    },
    requests: async () => (await call('requests', {})).requests,
    read: async (id) => JSON.parse((await details(id)).shown),
    async approve(id) {
      const { shown, publicKey } = await details(id);
      const { language } = JSON.parse(shown) as Shown;
      const credential = authenticator.get({ ...publicKey, challenge: approvalChallenge(shown) });
      return call('approve', { id, language, credential });
    },
    deny: (id) => call('deny', { id }),
  };
}

function refused(name: string, status: number, { error, message }: ApiError): Error {
  return Object.assign(new Error(`${name}: the page answered ${status} ${error}: ${message}`), { code: error, status });
}
