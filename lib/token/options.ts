import type { IncomingMessage } from 'node:http';
import type { AuthleteApi } from '../authlete/api.js';
import type { ClientCertificateOption } from '../endpoint/certificate/client-certificate.js';
import type { HookContext } from '../endpoint/hook-context.js';
import {
  optionalBoolean,
  optionalFunction,
  optionalLogger,
  optionalTimeout,
  requireMethods,
  requireOptions,
} from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import type { EventListener } from '../telemetry/events.js';
import type { LoggerOption } from '../telemetry/logger.js';
import type { Trace } from '../telemetry/trace.js';
import type { JudgedTokenRequest } from './judged-token-request.js';
import { type LongPollingOptions, optionalLongPolling } from './long-polling.js';
import type { TokenPolicy } from './policy.js';

/** The host's own answer. */
export interface OtherGrantAnswer {
  /** HTTP status. */
  status: number;
  /** JSON: an object, or a text that is sent unchecked. */
  body: string | object;
  /** More headers; those that every answer has (the type and length of its content, no caching) cannot be changed. */
  headers?: Record<string, string> | undefined;
}

/**
 * Answers the grants that need the host (`PASSWORD`, `TOKEN_EXCHANGE`, `JWT_BEARER`, `NATIVE_SSO`): Authlete has
 * checked the request, the host decides and makes the tokens. `undefined` means `unsupported_grant_type`.
 */
export type OtherGrant<R = IncomingMessage> = (
  request: JudgedTokenRequest,
  context: HookContext<R>,
) => OtherGrantAnswer | null | undefined | PromiseLike<OtherGrantAnswer | null | undefined>;

/** Options of {@link cibaToken}. */
export interface CibaTokenOptions<R = IncomingMessage> {
  /** The protocol engine. */
  authlete: Pick<AuthleteApi, 'token'> & Partial<Pick<AuthleteApi, 'tokenRevoke'>>;
  /** Answers the grants that need the host. */
  otherGrant?: OtherGrant<R> | undefined;
  /** Called before tokens are sent; needs `tokenRevoke` of `authlete`. */
  policy?: TokenPolicy<R> | undefined;
  /** Holds polls until the decision; default: every poll is answered at once. */
  longPolling?: LongPollingOptions | undefined;
  /**
   * Public URL of the token endpoint, for DPoP (RFC 9449); needed behind a proxy that changes it. By default it is made
   * from the request, with Express's `trust proxy` taken into account: then any `Host` is trusted, which is logged once.
   */
  htu?: string | undefined;
  /**
   * Whether DPoP proofs must carry a nonce from Authlete (RFC 9449, section 8); default `false`. A proof without one is
   * answered with 400 `use_dpop_nonce` and the nonce in `DPoP-Nonce`, and clients repeat the request with it. Authlete's
   * service has a setting of the same name, which applies even without this option.
   */
  dpopNonceRequired?: boolean | undefined;
  /** Where the client's TLS certificate is found; default `false`: nowhere. */
  clientCertificate?: ClientCertificateOption<R> | undefined;
  /** Largest form, bytes or a text such as the default `'64kb'`. */
  bodyLimit?: number | string | undefined;
  /** Milliseconds from the request to its answer; default 10 000. */
  timeout?: number | undefined;
  /** Realm of the 401's challenge; default `'CIBA'`. */
  realm?: string | undefined;
  /** Gets one event for each request, `answered`; what it throws is logged and ignored. */
  onEvent?: EventListener | undefined;
  /** Default: mistakes in the host's own code go to the console, each kind once. */
  logger?: LoggerOption | undefined;
  /** Runs each step; `openTelemetry()` of `ciba-backchannel/opentelemetry` makes one. */
  trace?: Trace | undefined;
}

const names: OptionNames<CibaTokenOptions> = {
  authlete: true,
  otherGrant: true,
  policy: true,
  longPolling: true,
  htu: true,
  dpopNonceRequired: true,
  clientCertificate: true,
  bodyLimit: true,
  timeout: true,
  realm: true,
  onEvent: true,
  logger: true,
  trace: true,
};

/** @throws TypeError that names the option */
export function checkOptions(options: unknown): void {
  requireOptions(options, 'cibaToken');
  requireKnownOptions(options, names, 'cibaToken');
  requireMethods(options.authlete, options.policy === undefined ? ['token'] : ['token', 'tokenRevoke']);
  optionalFunction(options.otherGrant, 'otherGrant');
  optionalFunction(options.policy, 'policy');
  optionalFunction(options.onEvent, 'onEvent');
  optionalLongPolling(options.longPolling);
  optionalFunction(options.trace, 'trace');
  optionalBoolean(options.dpopNonceRequired, 'dpopNonceRequired');
  optionalTimeout(options.timeout, 'timeout');
  optionalLogger(options.logger);
  const { htu } = options;
  if (htu === undefined) return;
  if (typeof htu !== 'string' || !URL.canParse(htu) || !/^https?:\/\/[^?#]+$/i.test(htu)) {
    throw new TypeError('htu must be an absolute URL without query and fragment');
  }
}
