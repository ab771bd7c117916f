import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { CallError } from './errors.js';

const csp = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The service worker's address is the only one that the page makes a script of.
  'trusted-types service-worker',
].join('; ');

/** In every answer: the page loads nothing from elsewhere, is framed by nobody, and is not kept. */
const securityHeaders = {
  'Content-Security-Policy': csp,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
} as const;

export function answer(
  res: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
  body: string | Buffer = '',
): void {
  if (res.headersSent || res.writableEnded || res.destroyed) return;
  res.writeHead(status, { ...securityHeaders, ...headers, 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
}

export function answerJson(res: ServerResponse, status: number, value: object, headers?: OutgoingHttpHeaders): void {
  answer(res, status, { ...headers, 'Content-Type': 'application/json' }, JSON.stringify(value));
}

export function answerError(res: ServerResponse, { status, code, message, details, setCookie }: CallError): void {
  const headers = {
    ...(status === 405 && { Allow: 'POST' }),
    ...(status === 413 && { Connection: 'close' }),
    ...(setCookie !== undefined && { 'Set-Cookie': setCookie }),
  };
  answerJson(res, status, { error: code, message, ...details }, headers);
}
