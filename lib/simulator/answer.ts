import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pageHeaders } from '../routers/page-headers.js';

const securityHeaders = pageHeaders(["trusted-types 'none'"]);

/** Starts an answer; the body is up to the caller. */
export function startAnswer(res: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  res.writeHead(status, { ...securityHeaders, ...headers });
}

/** Writes a whole answer. */
export function answer(
  res: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
  body: string | Buffer = '',
): void {
  // A 204 has no Content-Length (RFC 9110, section 8.6).
  startAnswer(res, status, status === 204 ? headers : { ...headers, 'Content-Length': Buffer.byteLength(body) });
  res.end(body);
}

export function answerJson(res: ServerResponse, status: number, value: object): void {
  answer(res, status, { 'Content-Type': 'application/json' }, JSON.stringify(value));
}

/** Answers with an OAuth error: a code for programs, and a sentence for the people who write them. */
export function answerError(res: ServerResponse, status: number, error: string, description: string): void {
  answerJson(res, status, { error, error_description: description });
}
