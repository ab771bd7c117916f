/**
 * The value of `WWW-Authenticate` that goes with a 401 (RFC 7617, section 2; RFC 6750, section 3).
 *
 * @param realm not empty; quotes and backslashes are escaped
 * @throws TypeError when the realm could not be sent in a header
 */
export function challengeOf(scheme: 'Basic' | 'Bearer', realm: unknown): string {
  if (typeof realm !== 'string' || !/^[\x20-\x7e\xa0-\xff]+$/.test(realm)) {
    throw new TypeError('realm must be a text of ISO 8859-1 characters, not empty and without control characters');
  }
  return `${scheme} realm="${realm.replace(/["\\]/g, '\\$&')}"`;
}
