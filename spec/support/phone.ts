import { createHash } from 'node:crypto';
import { type Forgery, type SoftwareAuthenticator, softwareAuthenticator } from 'ciba-backchannel/device/testing';
import { attested, type Voucher } from './attested.js';

// A browser at the phone's page, without the page: keeps cookies, sends the Origin, has an authenticator.

export interface PhoneAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the specs say what they expect
  body: any;
}

interface BrowserOptions {
  /** Where the server listens. */
  port: number;
  /** As the page's address has it. */
  origin: string;
  path?: string;
  authenticator?: SoftwareAuthenticator;
  /** More headers of every request: the host's session, say. */
  headers?: Record<string, string>;
}

/** A browser of one person. */
export class PhoneBrowser {
  readonly cookies = new Map<string, string>();
  readonly authenticator: SoftwareAuthenticator;
  headers: Record<string, string>;
  readonly #options: BrowserOptions;

  constructor(options: BrowserOptions) {
    this.#options = options;
    this.authenticator = options.authenticator ?? softwareAuthenticator({ origin: options.origin });
    this.headers = { ...options.headers };
  }

  async call(name: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<PhoneAnswer> {
    const { port, origin, path = '/device/' } = this.#options;
    // An origin of https: is one that a proxy would serve.
    const base = origin.startsWith('http:') ? origin : `http://127.0.0.1:${port}`;
    const response = await fetch(`${base}${path}api/${name}`, {
      method: 'POST',
      headers: {
        origin,
        'content-type': 'application/json',
        cookie: [...this.cookies].map(([key, value]) => `${key}=${value}`).join('; '),
        ...this.headers,
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, key, value] = /^([^=]+)=([^;]*)/.exec(cookie) as unknown as [string, string, string];
      if (/max-age=0(;|$)/i.test(cookie)) this.cookies.delete(key);
      else this.cookies.set(key, value);
    }
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Sets a passkey up, confirmed by one that is there where the host asks for it. */
  async setUp(name = 'My phone', forged: Forgery & { attestation?: Voucher } = {}): Promise<PhoneAnswer> {
    const { attestation, ...forgery } = forged;
    let options = await this.call('set-up/options');
    if (options.body.error === 'passkey_required') {
      const confirmation = this.authenticator.get(options.body.publicKey);
      options = await this.call('set-up/options', { confirmation });
    }
    if (options.status !== 200) return options;
    const created = this.authenticator.create(options.body.publicKey, forgery);
    const credential = attestation ? attested(created, this.authenticator, attestation) : created;
    return this.call('set-up', { name, credential });
  }

  async signIn(name = 'My phone', forged: Forgery = {}): Promise<PhoneAnswer> {
    const { body } = await this.call('sign-in/options');
    return this.call('sign-in', { name, credential: this.authenticator.get(body.publicKey, forged) });
  }

  details(id: string, language = 'en'): Promise<PhoneAnswer> {
    return this.call('request', { id, language });
  }

  /** Reads and approves, as the page does. */
  async approve(id: string, forged: Forgery = {}): Promise<PhoneAnswer> {
    const { body } = await this.details(id);
    return this.call('approve', { id, language: 'en', credential: this.sign(body, forged) });
  }

  /** What the passkey says to what is shown. */
  sign({ shown, publicKey }: { shown: string; publicKey: object }, forged: Forgery = {}): object {
    return this.authenticator.get({ ...publicKey, challenge: approvalChallenge(shown) } as never, forged);
  }
}

/** Computed as the page does, from the contract and not by the library. */
export function approvalChallenge(shown: string): string {
  return createHash('sha256')
    .update('ciba-backchannel/approval/1')
    .update(Buffer.from([0]))
    .update(shown)
    .digest('base64url');
}
