import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { closeAfter } from '../../routers/json-body.js';
import { pageHeaders } from '../../routers/page-headers.js';
import type { CallError } from '../settings/errors.js';

const securityHeaders = {
  ...pageHeaders([
    "manifest-src 'self'",
    "worker-src 'self'",
    // The service worker's address is the only one that the page turns into a script address.
    'trusted-types service-worker',
  ]),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
};

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
  if (status === 413) closeAfter(res);
  const headers = {
    ...(status === 405 && { Allow: 'POST' }),
    ...(setCookie !== undefined && { 'Set-Cookie': setCookie }),
  };
  answerJson(res, status, { error: code, message, ...details }, headers);
}
