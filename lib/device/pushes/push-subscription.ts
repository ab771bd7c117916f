import { ECDH } from 'node:crypto';
import { isPossibleHostName } from '../../options/host-name.js';
import { refusalOf } from '../../outbound/connectors.js';
import { CallError } from '../settings/errors.js';
import type { Subscription } from '../store/contents.js';

const maxEndpoint = 2048;

/**
 * Checks the push subscription that the page sent: browsers get it from their push service, but anybody can invent
 * one. The IP address of the endpoint's host is checked when a push is sent.
 *
 * @throws CallError `invalid_request`
 */
export function subscriptionOf(value: unknown, isAllowed: (url: URL) => boolean): Subscription {
  const { endpoint, keys } = (value ?? {}) as Record<string, unknown>;
  const { p256dh, auth } = (keys ?? {}) as Record<string, unknown>;
  if (!isEndpoint(endpoint, isAllowed) || !isPoint(p256dh) || !isSecret(auth)) {
    throw new CallError('invalid_request', 'subscription must be a push subscription of a browser');
  }
  return { endpoint, keys: { p256dh, auth } };
}

function isEndpoint(endpoint: unknown, isAllowed: (url: URL) => boolean): endpoint is string {
  if (typeof endpoint !== 'string' || endpoint.length > maxEndpoint || !URL.canParse(endpoint)) return false;
  const url = new URL(endpoint);
  return isPossibleHostName(url.hostname) && (refusalOf(url) === undefined || isAllowed(url));
}

/** RFC 8291, section 3.1: an uncompressed point of P-256. */
function isPoint(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > 100) return false;
  const bytes = Buffer.from(text, 'base64url');
  try {
    ECDH.convertKey(bytes, 'prime256v1');
    return bytes.length === 65 && bytes[0] === 4;
  } catch {
    return false;
  }
}

/** RFC 8291, section 3.2. */
function isSecret(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 24 && Buffer.from(text, 'base64url').length === 16;
}
