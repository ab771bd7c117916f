import type { SecureContext } from 'node:tls';
import { optionalFunction, optionalTimeout } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { secureContextOf } from '../options/secure-context.js';
import { type ProxyFor, proxyOption } from '../outbound/proxy.js';
import type { NotificationOptions } from './types.js';

/** The options, checked. */
export interface CheckedNotificationOptions extends Pick<NotificationOptions, 'allow' | 'onGiveUp'> {
  secureContext?: SecureContext;
  proxyFor?: ProxyFor | undefined;
  timeout: number;
}

const names: OptionNames<NotificationOptions> = { allow: true, tls: true, proxy: true, timeout: true, onGiveUp: true };

/** @throws TypeError that names the option */
export function notificationOptions(options: NotificationOptions = {}): CheckedNotificationOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('notifications must be an object');
  requireKnownOptions(options, names, 'notifications');
  const { allow, onGiveUp, tls, proxy, timeout } = options;
  optionalFunction(allow, 'notifications.allow');
  optionalFunction(onGiveUp, 'notifications.onGiveUp');
  optionalTimeout(timeout, 'notifications.timeout');
  return {
    ...(allow && { allow: (url) => allow(url) }),
    ...(onGiveUp && { onGiveUp: (report) => onGiveUp(report) }),
    ...(tls !== undefined && { secureContext: secureContextOf(tls, 'notifications.tls') }),
    proxyFor: proxyOption(proxy, 'notifications.proxy'),
    timeout: timeout ?? 15_000,
  };
}
