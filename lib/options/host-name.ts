/**
 * Whether a host name and its labels are short enough (RFC 1035, section 2.3.4). Check names
 * before any socket is made: a TLS server name of more than 255 characters leaves an error in OpenSSL's queue, and
 * the next call of Web Crypto ends the process (Node 20 to 24).
 */
export function isPossibleHostName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every((label) => label.length <= 63);
}
