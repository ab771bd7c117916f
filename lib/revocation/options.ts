import type { IncomingMessage } from 'node:http';
import type { AuthleteApi } from '../authlete/api.js';
import type { ClientCertificateOption } from '../endpoint/certificate/client-certificate.js';
import {
  optionalFunction,
  optionalLogger,
  optionalTimeout,
  requireMethods,
  requireOptions,
} from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import type { LoggerOption } from '../telemetry/logger.js';

/** Options of {@link cibaRevocation}. */
export interface CibaRevocationOptions<R = IncomingMessage> {
  /** The protocol engine. */
  authlete: Required<Pick<AuthleteApi, 'revocation'>>;
  /**
   * Ends the request with this `auth_req_id`, if it belongs to this client: use the phone's `withdraw`. Called
   * with every token that an authenticated client sends; when it fails, the answer is 500.
   *
   * @param by `clientId` as the client names itself: its number or its alias
   */
  withdraw?: ((authReqId: string, by: { clientId: string }) => unknown) | undefined;
  /** Where the client's TLS certificate is found; default `false`: nowhere. */
  clientCertificate?: ClientCertificateOption<R> | undefined;
  /** Largest form, bytes or a text such as the default `'64kb'`. */
  bodyLimit?: number | string | undefined;
  /** Milliseconds from the request to its answer; default 10 000. */
  timeout?: number | undefined;
  /** Realm of the 401's challenge; default `'CIBA'`. */
  realm?: string | undefined;
  /** Default: mistakes in the host's own code go to the console, each kind once. */
  logger?: LoggerOption | undefined;
}

const names: OptionNames<CibaRevocationOptions> = {
  authlete: true,
  withdraw: true,
  clientCertificate: true,
  bodyLimit: true,
  timeout: true,
  realm: true,
  logger: true,
};

/** @throws TypeError that names the option */
export function checkOptions(options: unknown): void {
  requireOptions(options, 'cibaRevocation');
  requireKnownOptions(options, names, 'cibaRevocation');
  requireMethods(options.authlete, ['revocation']);
  optionalFunction(options.withdraw, 'withdraw');
  optionalTimeout(options.timeout, 'timeout');
  optionalLogger(options.logger);
}
