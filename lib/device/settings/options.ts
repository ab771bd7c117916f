import { createECDH, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ExactDetail } from '../../authlete/unpack-detail.js';
import type { Awaitable, User } from '../../backchannel/hooks.js';
import type { Decision } from '../../completion/decision.js';
import { optionalFunction, optionalLogger, requireFunction } from '../../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../../options/known-options.js';
import { proxyOption } from '../../outbound/proxy.js';
import { type SealKey, seals } from '../../seal/seals.js';
import { requireSignal } from '../../signal/require-signal.js';
import type { DecisionSignal } from '../../signal/signal.js';
import { isMemoryStore, memoryStore } from '../../stores/memory-store.js';
import type { RowStore } from '../../stores/store.js';
import { guardedLogger, type LoggerOption, type PackageLogger } from '../../telemetry/logger.js';
import type { Brand } from './api.js';
import type { ApprovalRecord } from './approval-record.js';
import { type Accent, checkBrand } from './brand.js';
import type { DenialRecord } from './denial-record.js';
import type { DeviceChange } from './device-change.js';
import type { Shown } from './shown.js';
import { type DeviceTexts, englishDeviceTexts, requireTexts } from './texts.js';

/** The user who is signed in at the host. */
export interface SignedIn {
  subject: string;
  /** The user's name on the page and in the passkey. */
  name: string;
}

/** VAPID (RFC 8292): who sends the pushes. */
export interface PushOptions {
  /** `mailto:` or `https:`, for the operators of push services. */
  subject: string;
  /** base64url, as `web-push generate-vapid-keys` makes it. With a new key, phones subscribe again when the page is opened. */
  publicKey: string;
  /** base64url. Secret. */
  privateKey: string;
  /**
   * Waives the rule that push services are `https:` and on a public address, by returning `true`. Called only if the
   * rule refuses one. For development.
   */
  allow?: ((url: URL) => boolean) | undefined;
  /**
   * URL of an HTTP proxy that leads to push services (CONNECT), with credentials if it needs them, or `'env'`: the
   * variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
   */
  proxy?: string | undefined;
}

/** Amount and payee, as the user reads them. */
export interface Payment {
  /** With its currency: `89.90 EUR`. */
  amount: string;
  payee: string;
}

/** Options of {@link authenticationDevice}. */
export interface AuthenticationDeviceOptions<U extends User = User, R extends IncomingMessage = IncomingMessage> {
  /** The page's origin: `https:`, or `http://localhost` with a port, for development. */
  origin: string;
  /** Where the page is, as browsers see it, from slash to slash. `/device/` by default. */
  path?: string | undefined;
  /** The relying party: `id` is the origin's host or a domain above it, and can never be changed: passkeys are bound to it. */
  rp: { id: string; name: string };
  /**
   * Keys that seal every row of the store, at least 32 bytes each: the first seals, all open. Mandatory with any store
   * but `memoryDeviceStore()`, where a random one is the default.
   */
  keys?: readonly SealKey[] | undefined;
  /** `memoryDeviceStore()` by default, for development. */
  store?: RowStore | undefined;
  /** The user who is signed in at the host, if anybody. This only allows the user to begin setting up a phone. */
  user(req: R): Awaitable<SignedIn | null | undefined | false | ''>;
  /**
   * Whether this session may set up or remove a phone now, for example because the user has just signed in with a second
   * factor. The user's first phone always needs it. Anything but `true` means no, and so does an error.
   */
  stepUp(req: R, user: SignedIn): Awaitable<boolean>;
  /**
   * Address of the host's login, absolute or relative to the page's origin, such as `/login?next=/device/`; it has to lead
   * back to this page. The page links to it when a session or a fresh sign-in is needed.
   */
  signIn?: string | undefined;
  /** Address of an image on the page's origin, shown at the top: `/logo.svg`. */
  logo?: string | undefined;
  /** The host's colour for buttons and links. The contrast of each with its page must be 4.5 at least (WCAG 2.2, 1.4.3). */
  accent?: Accent | undefined;
  /** Web Push, by the package `web-push`. Without it the user has to open the page. */
  push?: PushOptions | undefined;
  /** Sends the user a link when no push arrives: by text message, say. The link decides nothing without a passkey. */
  link?(message: { user: U; url: string; expiresAt: Date }): Awaitable<unknown>;
  /** `complete` of `cibaCompletion` (or of `cibaBackchannel`). */
  complete(handle: string, decision: Decision): Promise<unknown>;
  /**
   * Awaited before Authlete is told of an approval. When it fails, nothing is completed and the user may try again.
   * If the process dies in the middle, it is called again with the same record.
   */
  onApproval?(record: ApprovalRecord): Awaitable<unknown>;
  /**
   * Awaited before Authlete is told of a denial, as `onApproval` is for an approval: when it fails, nothing is completed
   * and the user may try again.
   */
  onDecision?(record: DenialRecord): Awaitable<unknown>;
  /**
   * Called when the user says that they did not ask for a request: somebody else may be trying to get in. The request is
   * denied in any case; an error is logged.
   */
  report?(request: Shown): Awaitable<unknown>;
  /** Awaited before the change takes effect; when it fails, nothing changes. Keep the public keys for `verifyApproval`. */
  onChange?(change: DeviceChange): Awaitable<unknown>;
  /**
   * The signal that `cibaBackchannel` and `cibaCompletion` also have, see `decisionSignal()`: a request that ends
   * elsewhere leaves the phone at once. Without it the phone shows the request until it expires.
   */
  decided?: DecisionSignal | undefined;
  /** The authentication context class that an approval reached, if any. */
  acr?(approval: ApprovalRecord & { deviceBound: boolean }): Awaitable<string | undefined>;
  /**
   * Returns amount and payee, from `authorization_details` as the client wrote them; numbers in members that are specific to
   * a type are strings of their digits. With this option, requests for which it returns nothing are
   * refused, and amount and payee are shown first (RTS on strong customer authentication, Article 5).
   */
  payment?(details: ExactDetail[]): Payment | null | undefined;
  /** What the page says, one element for each language; English by default. Users of other languages get the first. */
  texts?: readonly DeviceTexts[] | undefined;
  /** Default: mistakes in the host's own code or configuration go to the console, each kind once. */
  logger?: LoggerOption | undefined;
}

const names: OptionNames<AuthenticationDeviceOptions> = {
  origin: true,
  path: true,
  rp: true,
  keys: true,
  store: true,
  user: true,
  stepUp: true,
  signIn: true,
  logo: true,
  accent: true,
  push: true,
  link: true,
  complete: true,
  onApproval: true,
  onDecision: true,
  decided: true,
  report: true,
  onChange: true,
  acr: true,
  payment: true,
  texts: true,
  logger: true,
};

/** The options, with defaults. */
export type CheckedOptions<U extends User, R extends IncomingMessage> = Omit<
  AuthenticationDeviceOptions<U, R>,
  'logger'
> &
  Required<Pick<AuthenticationDeviceOptions<U, R>, 'path' | 'keys' | 'store' | 'texts'>> & {
    brand: Brand;
    logger: PackageLogger;
  };

/** @throws TypeError that names the option */
export function checkOptions<U extends User, R extends IncomingMessage>(
  options: AuthenticationDeviceOptions<U, R>,
): CheckedOptions<U, R> {
  requireKnownOptions(options, names, 'authenticationDevice');
  const { path = '/device/', store = memoryStore(), texts = [englishDeviceTexts] } = options;
  requireOrigin(options.origin);
  if (typeof path !== 'string' || !/^\/(?:[\w.~-]+\/)*$/.test(path)) {
    throw new TypeError('path must begin and end with a slash, such as /device/');
  }
  requireRelyingParty(options.rp, new URL(options.origin).hostname);
  requireStore(store);
  if (options.keys === undefined && !isMemoryStore(store)) {
    throw new TypeError('keys must be given with a store, since other processes have to open its rows');
  }
  const { keys = [randomBytes(32)] } = options;
  seals(keys, 'device row', 'keys');
  for (const option of ['user', 'stepUp', 'complete'] as const) requireFunction(options[option], option);
  for (const option of ['link', 'onApproval', 'onDecision', 'report', 'onChange', 'acr', 'payment'] as const) {
    optionalFunction(options[option], option);
  }
  const signIn = options.signIn === undefined ? {} : { signIn: signInOf(options.signIn, options.origin) };
  const brand = checkBrand(options.logo, options.accent, options.origin);
  if (options.push !== undefined) requirePush(options.push);
  if (options.decided !== undefined) requireSignal(options.decided, 'decided');
  requireTexts(texts);
  optionalLogger(options.logger);
  return { ...options, ...signIn, brand, path, store, keys: [...keys], texts, logger: guardedLogger(options.logger) };
}

function requireOrigin(origin: unknown): void {
  const url = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin) : undefined;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost');
  if (url?.origin !== origin || !isSecure) {
    throw new TypeError(
      'origin must be an origin, such as https://login.bank.example, or http://localhost with a port',
    );
  }
}

function signInOf(signIn: unknown, origin: string): string {
  const url = typeof signIn === 'string' && URL.canParse(signIn, origin) ? new URL(signIn, origin) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.origin !== origin)) {
    throw new TypeError('signIn must be the address of a login page, with https: or on the origin of the page');
  }
  return url.href;
}

function requireRelyingParty(rp: unknown, host: string): void {
  requireKnownOptions(rp, { id: true, name: true }, 'rp');
  const { id, name } = rp as Record<string, unknown>;
  const isAbove = typeof id === 'string' && id.includes('.') && host.endsWith(`.${id}`);
  if (id !== host && !isAbove) {
    throw new TypeError('rp.id must be the host of origin, or a domain above it');
  }
  if (typeof name !== 'string' || name === '') throw new TypeError('rp.name must be a string that is not empty');
}

function requireStore(store: unknown): void {
  for (const method of ['insert', 'find', 'list', 'replace', 'remove', 'due', 'sweep']) {
    if (typeof (store as Record<string, unknown> | null)?.[method] !== 'function') {
      throw new TypeError(`store must be a DeviceStore: it has no method ${method}()`);
    }
  }
}

function requirePush(push: unknown): void {
  requireKnownOptions(push, { subject: true, publicKey: true, privateKey: true, allow: true, proxy: true }, 'push');
  const { subject, publicKey, privateKey, allow, proxy } = push as Record<string, unknown>;
  if (typeof subject !== 'string' || !/^(?:mailto:.+@|https:\/\/).+/.test(subject)) {
    throw new TypeError('push.subject must be a mailto: or https: URL');
  }
  if (bytesOf(publicKey) !== 65) throw new TypeError('push.publicKey must be a point of P-256, 65 bytes in base64url');
  if (bytesOf(privateKey) !== 32) throw new TypeError('push.privateKey must be 32 bytes in base64url');
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateKey as string, 'base64url');
  if (ecdh.getPublicKey('base64url') !== publicKey) {
    throw new TypeError('push.publicKey is not the public key of push.privateKey');
  }
  optionalFunction(allow, 'push.allow');
  proxyOption(proxy, 'push.proxy');
}

function bytesOf(text: unknown): number | undefined {
  return typeof text === 'string' && /^[\w-]+$/.test(text) ? Buffer.from(text, 'base64url').length : undefined;
}
