/** An answer to the client, independent of how it is sent. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An answer whose body is already JSON; no answer of the endpoints may be cached (RFC 6749, section 5.1). */
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

/** The answer for paths that are not ours. */
export function notFound(): Answer {
  return { status: 404, headers: {}, body: '' };
}

/** The `error` of an error answer (RFC 6749, section 5.2). The host's own body need not be JSON. */
export function errorOf({ status, body }: Answer): string | undefined {
  if (status < 400) return undefined;
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the value can be sent in a header (RFC 9110, section 5.5). */
export function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value);
}
