import { randomBytes } from 'node:crypto';
import type { Configuration } from 'openid-client';
import { optionalBoolean, requireLogger } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import type { SealKey } from '../seal/seals.js';
import { isMemoryStore, memoryStore } from '../stores/memory-store.js';
import type { RowStore } from '../stores/store.js';
import { guardedLogger, type LoggerOption, type PackageLogger } from '../telemetry/logger.js';
import type { DeliveryMode } from './follow.js';
import { type RequestObjectOptions, requestSigner, type SignRequest } from './request-object.js';

/** Options of {@link cibaClient}. */
export interface CibaClientOptions {
  /** What `discovery()` of openid-client 6 returned: endpoints, client authentication, certificates. */
  config: Configuration;
  /** The delivery mode that the client is registered for. Default: its `backchannel_token_delivery_mode`, else `poll`. */
  mode?: DeliveryMode | undefined;
  /** Secrets of at least 32 bytes: the first seals the records, any of them opens one. Mandatory with a `store`. */
  keys?: readonly SealKey[] | undefined;
  /** Where the records are kept. Default: {@link memoryStore}, which forgets them with the process. */
  store?: RowStore | undefined;
  /** Binds each approval's tokens to its own key (RFC 9449). */
  dpop?: boolean | undefined;
  /** Signs the authentication requests. */
  requestObject?: RequestObjectOptions | undefined;
  /** Where problems are reported. Default: mistakes in the host's own code go to the console, each kind once. */
  logger?: LoggerOption | undefined;
}

const names: OptionNames<CibaClientOptions> = {
  config: true,
  mode: true,
  keys: true,
  store: true,
  dpop: true,
  requestObject: true,
  logger: true,
};

/** The options, checked and complete. */
export interface CheckedOptions {
  readonly config: Configuration;
  readonly mode: DeliveryMode;
  readonly keys: readonly SealKey[];
  readonly store: RowStore;
  readonly dpop: boolean;
  readonly sign: SignRequest | undefined;
  readonly logger: PackageLogger;
}

const storeMethods = ['insert', 'find', 'list', 'replace', 'remove', 'due', 'sweep'] as const;

/** @throws TypeError that names the option */
export function checkOptions(options: CibaClientOptions): CheckedOptions {
  requireKnownOptions(options, names, 'cibaClient');
  const { config, store = memoryStore(), dpop = false, requestObject, logger } = options;
  requireConfiguration(config);
  const registered = config.clientMetadata().backchannel_token_delivery_mode as DeliveryMode | undefined;
  const { mode = registered ?? 'poll' } = options;
  if (!['poll', 'ping', 'push'].includes(mode)) throw new TypeError('mode must be poll, ping or push');
  optionalBoolean(dpop, 'dpop');
  if (dpop && mode === 'push') throw new TypeError('dpop cannot be used in push mode: there is no token request');
  for (const method of storeMethods) {
    if (typeof (store as Partial<RowStore> | null)?.[method] === 'function') continue;
    throw new TypeError(`store must be a RowStore, such as memoryStore() returns: it has no ${method}()`);
  }
  const { keys = isMemoryStore(store) ? [randomBytes(32)] : undefined } = options;
  if (keys === undefined) throw new TypeError('keys are needed with a store: what it holds is sealed with them');
  if (logger !== undefined && logger !== false) requireLogger(logger, 'logger');
  const sign = requestSigner(requestObject, config);
  return { config, mode, keys, store, dpop, sign, logger: guardedLogger(logger) };
}

function requireConfiguration(config: unknown): asserts config is Configuration {
  const { serverMetadata, clientMetadata } = (config ?? {}) as Partial<Configuration>;
  if (typeof serverMetadata !== 'function' || typeof clientMetadata !== 'function') {
    throw new TypeError(
      'config must be what discovery() of openid-client 6 returns (npm install openid-client); is it a promise? await it',
    );
  }
  const { backchannel_authentication_endpoint: endpoint } = (config as Configuration).serverMetadata();
  if (endpoint === undefined) {
    throw new TypeError('config is of a server without CIBA: it has no backchannel_authentication_endpoint');
  }
}
