import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { optionalFunction, optionalTimeout } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import type { NotificationOptions, NotificationTls } from './types.js';

/** The options, checked. */
export interface CheckedNotificationOptions extends Pick<NotificationOptions, 'allow' | 'onGiveUp'> {
  secureContext?: SecureContext;
  timeout: number;
}

const names: OptionNames<NotificationOptions> = { allow: true, tls: true, timeout: true, onGiveUp: true };

/** @throws TypeError that names the option */
export function notificationOptions(options: NotificationOptions = {}): CheckedNotificationOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('notifications must be an object');
  requireKnownOptions(options, names, 'notifications');
  const { allow, onGiveUp, tls, timeout } = options;
  optionalFunction(allow, 'notifications.allow');
  optionalFunction(onGiveUp, 'notifications.onGiveUp');
  optionalTimeout(timeout, 'notifications.timeout');
  return {
    ...(allow && { allow: (url) => allow(url) }),
    ...(onGiveUp && { onGiveUp: (report) => onGiveUp(report) }),
    ...(tls !== undefined && { secureContext: secureContext(tls) }),
    timeout: timeout ?? 15_000,
  };
}

/** Made once: what OpenSSL has to parse for a connection takes longer than the connection. */
function secureContext(tls: NotificationTls): SecureContext {
  if (typeof tls !== 'object' || tls === null) throw new TypeError('notifications.tls must be an object');
  const { ca, cert, key } = tls;
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError('notifications.tls needs both cert and key, or neither');
  }
  try {
    // OpenSSL passes over a CA that it cannot read (the name of a file, say), and then nothing is trusted.
    for (const authority of [ca ?? []].flat()) new X509Certificate(authority);
    return createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new TypeError('notifications.tls has a ca, cert or key that cannot be read', { cause: error });
  }
}
