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
 * For every answer of a page: it loads nothing from elsewhere, is framed by nobody, and is not kept.
 *
 * @param own directives of the page's own for its `Content-Security-Policy`
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
