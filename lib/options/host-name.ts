/**
 * Whether a host name and its labels are short enough (RFC 1035, section 2.3.4). Check names
 * before any socket is made: a TLS server name of more than 255 characters leaves an error in OpenSSL's queue, and
 * the next call of Web Crypto ends the process (Node 20 to 24).
 */
export function isPossibleHostName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => label.length <= 63);
}

/** Whether the name means this machine without a look-up (RFC 6761, section 6.3): `localhost`, and every name below it. */
export function isLocalhost(hostname: string): boolean {
  return /(?:^|\.)localhost\.?$/i.test(hostname);
}

/** A URL's host name without the brackets that IPv6 addresses have there, as `node:net` takes it. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
