import type { ServerAnswer } from './server.js';

/** What an answer of the backchannel or the token endpoint says. */
export type Verdict =
  /** Success. */
  | { readonly type: 'ok'; readonly body: Readonly<Record<string, unknown>> }
  /** An OAuth error (RFC 6749, section 5.2). */
  | { readonly type: 'error'; readonly error: string; readonly description: string | undefined }
  /** Nothing: an outage, a proxy's page. The same request may be answered later. */
  | { readonly type: 'nothing'; readonly retryAfter: number | undefined };

/** 4xx statuses that mean "later" (RFC 9110, section 15.5.9; RFC 8470; RFC 6585). */
const later: ReadonlySet<number> = new Set([408, 425, 429]);

/** Errors that are the server's fault, and not the request's. */
const outages: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

export function verdictOf({ status, body, retryAfter }: ServerAnswer): Verdict {
  const json = jsonObject(body);
  if (status >= 200 && status < 300 && json) return { type: 'ok', body: json };
  const { error, error_description: description } = json ?? {};
  const isError = status >= 400 && status < 500 && !later.has(status) && typeof error === 'string';
  if (!isError || outages.has(error)) return { type: 'nothing', retryAfter };
  return { type: 'error', error, description: typeof description === 'string' ? description : undefined };
}

/** The JSON object in a text; `undefined` if the text is anything else. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a number that may come as text. @returns `undefined` when it is not a number, or is negative */
export function count(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
