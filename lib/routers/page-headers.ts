import type { OutgoingHttpHeaders } from 'node:http';

const directives = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
];

/**
 * Headers for every answer of a page, so that it loads nothing from elsewhere, cannot be framed, and is not cached.
 *
 * @param own the page's own directives for its `Content-Security-Policy`
 */
export function pageHeaders(own: readonly string[]): OutgoingHttpHeaders {
  return {
    'Content-Security-Policy': [...directives, ...own].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  };
}
