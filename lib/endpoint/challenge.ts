/**
 * The value of `WWW-Authenticate` that goes with every 401 (RFC 7617, section 2).
 *
 * @param realm not empty; quotes and backslashes are escaped
 * @throws TypeError when the realm could not be sent in a header
 */
export function basicChallenge(realm: string): string {
  if (typeof realm !== 'string' || !/^[\x20-\x7e\xa0-\xff]+$/.test(realm)) {
    throw new TypeError('realm must be a text without control characters, not empty');
  }
  return `Basic realm="${realm.replace(/["\\]/g, '\\$&')}"`;
}
