import type { IncomingMessage } from 'node:http';

/** The cookies of the page. */
export interface Cookies {
  get(req: IncomingMessage, name: CookieName): string | undefined;
  /** @returns a `Set-Cookie` header; `maxAge` is seconds, 0 removes the cookie */
  set(name: CookieName, value: string, maxAge: number): string;
}

export type CookieName =
  /** Turns the browser into a phone. */
  | 'ciba-device'
  /** The challenge of a WebAuthn ceremony that has begun. */
  | 'ciba-device-ceremony';

/**
 * @param origin with https, cookies have the prefix `__Secure-` and the attribute `Secure`. On http://localhost, for
 * development, they have neither: Chromium takes such cookies there, Safari does not.
 * @param path where the page is: browsers send the cookies to no other page of the host
 */
export function cookies(origin: string, path: string): Cookies {
  const secure = origin.startsWith('https:');
  const prefix = secure ? '__Secure-' : '';
  const attributes = `Path=${path}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return {
    get(req, name) {
      const start = `${prefix}${name}=`;
      const pair = req.headers.cookie?.split(/; */).find((cookie) => cookie.startsWith(start));
      return pair?.slice(start.length);
    },
    set: (name, value, maxAge) => `${prefix}${name}=${value}; Max-Age=${maxAge}; ${attributes}`,
  };
}
