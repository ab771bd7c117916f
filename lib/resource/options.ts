import type { IncomingMessage } from 'node:http';
import type { AuthleteApi } from '../authlete/api.js';
import type { UnpackedDetail } from '../authlete/unpack-detail.js';
import {
  type ClientCertificateOption,
  type ClientCertificateReader,
  clientCertificateReader,
} from '../endpoint/certificate/client-certificate.js';
import { challengeOf } from '../endpoint/challenge.js';
import {
  optionalBoolean,
  optionalCount,
  optionalFunction,
  optionalLogger,
  optionalStrings,
  optionalTimeout,
  requireMethods,
} from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { guardedLogger, type LoggerOption, type PackageLogger } from '../telemetry/logger.js';

/** Options of {@link protect}. */
export interface ProtectOptions<R = IncomingMessage> {
  /** Judges the access tokens. */
  authlete: Pick<AuthleteApi, 'introspection'>;
  /** Scopes that the token must have, all of them. */
  scopes?: string[] | undefined;
  /** How the user must have been authenticated: one of these (RFC 9470). */
  acrValues?: string[] | undefined;
  /** Seconds since the user was authenticated, at most (RFC 9470). */
  maxAge?: number | undefined;
  /** Resources that the token must be for (RFC 8707). */
  resources?: string[] | undefined;
  /**
   * Whether what was approved in detail covers this request. Anything but `true` refuses the request, with 403
   * `insufficient_authorization`; so does an error.
   */
  authorizationDetails?: ((details: UnpackedDetail[], req: R) => boolean | Promise<boolean>) | undefined;
  /** Where the certificate of the client comes from, for tokens that are bound to one (RFC 8705); `false` by default. */
  clientCertificate?: ClientCertificateOption<R> | undefined;
  /**
   * The public URL of this API without path, such as `https://api.bank.example`: DPoP proofs name it, and a `Host` header
   * can be anything. If a proxy changes paths, give a function that returns the whole URL of a request.
   */
  htu?: string | ((req: R) => string) | undefined;
  /** Whether DPoP proofs must carry a nonce from Authlete; `false` by default. */
  dpopNonceRequired?: boolean | undefined;
  /** Realm of the challenge in a 401; `'API'` by default. */
  realm?: string | undefined;
  /**
   * Seconds for which a good answer is reused; 0 by default. A revoked token stays good for that
   * long. Answers for tokens with a DPoP proof are never reused.
   */
  cache?: number | undefined;
  /** Milliseconds for Authlete's answer and `authorizationDetails`; 10,000 by default. */
  timeout?: number | undefined;
  /** Default: mistakes in the host's own code go to the console, each kind once. */
  logger?: LoggerOption | undefined;
}

const names: OptionNames<ProtectOptions> = {
  authlete: true,
  scopes: true,
  acrValues: true,
  maxAge: true,
  resources: true,
  authorizationDetails: true,
  clientCertificate: true,
  htu: true,
  dpopNonceRequired: true,
  realm: true,
  cache: true,
  timeout: true,
  logger: true,
};

/** Options with their defaults. */
export interface CheckedOptions<R>
  extends Omit<ProtectOptions<R>, 'clientCertificate' | 'logger' | 'timeout' | 'cache'> {
  readCertificate: ClientCertificateReader<R>;
  /** `Bearer realm="..."` */
  challenge: string;
  cache: number;
  timeout: number;
  logger: PackageLogger;
}

/** @throws TypeError that names the option */
export function checkOptions<R>(options: ProtectOptions<R>): CheckedOptions<R> {
  requireKnownOptions(options, names, 'protect');
  const { clientCertificate, logger, timeout = 10_000, cache = 0, realm = 'API', ...rest } = options;
  requireMethods(options.authlete, ['introspection']);
  for (const name of ['scopes', 'acrValues', 'resources'] as const) optionalStrings(options[name], name);
  optionalCount(options.maxAge, 'maxAge');
  optionalFunction(options.authorizationDetails, 'authorizationDetails');
  optionalLogger(logger);
  optionalTimeout(options.timeout, 'timeout');
  if (typeof cache !== 'number' || !(cache >= 0 && cache <= 3_600)) {
    throw new TypeError('cache must be a number of seconds from 0 to 3600');
  }
  optionalBoolean(options.dpopNonceRequired, 'dpopNonceRequired');
  requireHtu(options.htu);
  const challenge = challengeOf('Bearer', realm);
  const readCertificate = clientCertificateReader<R>(clientCertificate);
  return { ...rest, readCertificate, challenge, cache, timeout, logger: guardedLogger(logger) };
}

function requireHtu(htu: unknown): void {
  if (htu === undefined || typeof htu === 'function') return;
  if (typeof htu !== 'string' || !URL.canParse(htu) || !/^https?:\/\/[^/?#]+\/?$/i.test(htu)) {
    throw new TypeError('htu must be a URL without path, query and fragment, or a function that gives the whole URL');
  }
}
