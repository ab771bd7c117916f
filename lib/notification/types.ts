import type { BackchannelAuthenticationCompleteResult } from '../authlete/types/backchannel-authentication-complete.js';
import type { DeliveryMode } from '../authlete/types/common-types.js';
import type { GiveUpReason } from '../telemetry/events.js';
import type { NotificationError } from './errors.js';

/** How pings and pushes are delivered. */
export interface NotificationOptions {
  /**
   * Returns `true` to waive the rule that the notification endpoint is `https:` and at a public address. Called only if the
   * rule refuses the endpoint, or if DNS does not know its name (one from the hosts file, say).
   *
   * @example
   * ```ts
   * allow: (url) => url.hostname === 'callbacks.internal.example',
   * ```
   */
  allow?: ((url: URL) => boolean) | undefined;
  /** PEM, as in `tls.connect()`: `ca` replaces the authorities that Node trusts. */
  tls?: NotificationTls | undefined;
  /**
   * URL of an HTTP proxy that leads to the endpoints (CONNECT), with credentials if it needs them:
   * `http://user:password@proxy.example:3128`. Or `'env'`: the variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. The
   * proxy then has to check the addresses that names resolve to; literal addresses are still checked here.
   */
  proxy?: string | undefined;
  /** Longest time of one attempt, milliseconds; 15,000 by default. */
  timeout?: number | undefined;
  /** Called for every delivery that is given up. What it throws is logged and ignored. */
  onGiveUp?: ((report: GiveUpReport) => unknown) | undefined;
}

type Pem = string | Buffer;

/** PEM for the connections to notification endpoints. */
export interface NotificationTls {
  /** The authorities to trust, in place of those that Node trusts. */
  ca?: Pem | Pem[] | undefined;
  /** Client certificate. */
  cert?: Pem | Pem[] | undefined;
  /** Private key of the client certificate. */
  key?: Pem | Pem[] | undefined;
}

/** How the delivery of a ping or push ended. */
export type NotificationOutcome =
  | { delivered: true; status: number; attempts: number }
  | {
      delivered: false;
      /** HTTP status of the last answer, where there was one. */
      status?: number;
      attempts: number;
      /** Why the last attempt failed. */
      error: NotificationError;
      /** With a durable queue: more attempts follow, here or in another process. */
      queued?: true;
    };

/** Everything about a delivery that was given up, except the secrets. */
export interface GiveUpReport {
  /** The transaction's id. */
  transaction: string;
  why: GiveUpReason;
  clientId: string;
  /** The textual client id, where the client has one. */
  clientIdAlias?: string;
  subject: string;
  result: BackchannelAuthenticationCompleteResult;
  deliveryMode?: DeliveryMode;
  /** The notification endpoint without user name, password, query and fragment; empty where it is not known. */
  endpoint: string;
  /** HTTP status of the last answer, where there was one. */
  status?: number;
  attempts: number;
  error: NotificationError;
  durationMs: number;
}
