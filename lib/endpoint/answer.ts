import type { ServerResponse } from 'node:http';
import type { Logger } from '../telemetry/logger.js';
import { isClosed, onClose } from './connection.js';

/** What goes to the client: everything but the bytes' way there. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Tells an answer that ends a request early from what a step gives otherwise. */
export function isAnswer(value: object): value is Answer {
  return 'status' in value;
}

/** An answer whose body is JSON already; nothing that the endpoints say may be stored (RFC 6749, section 5.1). */
export function jsonAnswer(status: number, body: string, headers?: Record<string, string>): Answer {
  const own = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' };
  return { status, headers: headers === undefined ? own : { ...headers, ...own }, body };
}

/** An error that this package found itself (RFC 6749, section 5.2). */
export function errorAnswer(
  status: number,
  error: string,
  description?: string,
  headers?: Record<string, string>,
): Answer {
  const body = description === undefined ? { error } : { error, error_description: description };
  return jsonAnswer(status, JSON.stringify(body), headers);
}

/**
 * Hands the client the challenge that its next attestation has to contain, whatever becomes of this request (OAuth 2.0
 * Attestation-Based Client Authentication).
 */
export function withAttestationChallenge(answer: Answer, response: { attestationChallenge?: string | null }): Answer {
  return withHeader(answer, 'OAuth-Client-Attestation-Challenge', response.attestationChallenge);
}

/** Adds a header whose value comes from Authlete, unless there is none or it could not be sent as a header at all. */
export function withHeader(answer: Answer, name: string, value: unknown): Answer {
  if (typeof value !== 'string' || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return answer;
  return { ...answer, headers: { ...answer.headers, [name]: value } };
}

/**
 * Writes the answer.
 *
 * @returns whether all of it was handed to the operating system; `false` when the client is gone, or when the host has
 * answered already, or has broken the response
 */
export function sendAnswer(res: ServerResponse, answer: Answer, logger: Logger): Promise<boolean> {
  if (res.headersSent || res.writableEnded || isClosed(res)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const unwatch = onClose(res, () => done(false));
    res.once('finish', () => done(true));
    function done(sent: boolean): void {
      unwatch();
      resolve(sent);
    }
    try {
      if (res.hasHeader('ETag')) res.removeHeader('ETag');
      // Set and not spread: this is on the path of every request.
      answer.headers['Content-Length'] = String(Buffer.byteLength(answer.body));
      res.writeHead(answer.status, answer.headers);
      res.end(answer.body);
    } catch (error) {
      // Something of the host's listens to the response and threw.
      logger.error('the answer could not be written', { error });
      res.destroy();
      done(false);
    }
  });
}
