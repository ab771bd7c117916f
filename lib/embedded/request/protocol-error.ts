import { type ErrorDetails, errorDetails } from '../../authlete/error-details.js';
import type { ApiResponse } from '../../authlete/types/common-types.js';

/** Why a request is refused: an OAuth error for the client, and a result code for the server's log. */
export class ProtocolError extends Error {
  /** `E` and six digits; the third from the right says who made the mistake: 1 the engine, 2 the server, 3 the client. */
  readonly resultCode: string;
  /** `error` (RFC 6749, section 5.2; CIBA Core 1.0, sections 11 and 13). */
  readonly error: string;
  readonly uri?: string;

  constructor(resultCode: string, error: string, description: string, uri?: string) {
    super(description);
    this.name = 'ProtocolError';
    this.resultCode = resultCode;
    this.error = error;
    if (uri !== undefined) this.uri = uri;
  }
}

/** Returns a thrown ProtocolError; any other error is a bug of the engine, and is thrown again. */
export function protocolError(thrown: unknown): ProtocolError {
  if (thrown instanceof ProtocolError) return thrown;
  throw thrown;
}

/** The JSON body of an error: `error`, `error_description`, `error_uri`, and in a push `auth_req_id`. */
export function errorContent(error: string, details: ErrorDetails, authReqId?: string): string {
  const { description, uri } = sendable(details);
  return JSON.stringify({ error, error_description: description, error_uri: uri, auth_req_id: authReqId });
}

/** The details that may be sent; others are left out. */
function sendable({ description, uri }: ErrorDetails): ErrorDetails {
  try {
    return errorDetails({ description, uri });
  } catch {
    return typeof description === 'string' ? errorDetails({ description }) : {};
  }
}

/** The members that every response has. */
export function result(resultCode: string, message: string): ApiResponse {
  return { resultCode, resultMessage: `[${resultCode}] ${message}` };
}

/** The members of a response that describe an error. */
export function refusal(error: ProtocolError): ApiResponse & { responseContent: string } {
  return {
    ...result(error.resultCode, error.message),
    responseContent: errorContent(error.error, { description: error.message, uri: error.uri }),
  };
}
