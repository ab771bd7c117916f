import type { IncomingMessage } from 'node:http';

/**
 * Whether a browser says that a page of another origin made this request: such a page must not approve anything for
 * the person who uses the simulator. Scripts send neither header and pass.
 *
 * @see Fetch Metadata Request Headers, section 2.3; RFC 6454, section 7
 */
export function isCrossSite(req: IncomingMessage): boolean {
  // `same-site` is refused as well: another port of localhost is the same site.
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Browsers leave Sec-Fetch-Site out on plain HTTP, except for localhost.
  const { origin, host } = req.headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}
