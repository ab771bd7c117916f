/**
 * Whether a host name is as long as a name may be, in whole and in its labels (RFC 1035, section 2.3.4). Judge names
 * before any socket is made: one of more than 255 characters as a TLS server name leaves an error in OpenSSL's queue, and
 * the next call of Web Crypto ends the process (Node 20 to 24).
 */
export function isPossibleHostName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => label.length <= 63);
}
