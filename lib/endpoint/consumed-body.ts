import type { Readable } from 'node:stream';

/** Whether another parser has read the body. `req.body` does not show it: Express 4's parsers also set it for bodies that they skip. */
export function wasConsumed(body: Readable): boolean {
  return body.readableDidRead || body.readableEnded;
}

/**
 * The form of a request whose body another parser has read: `req.rawBody` if the host kept it, else `req.body` written
 * as a form again. That keeps names, values and repetitions, but perhaps not the order of different names, nor what a parser
 * dropped.
 */
export function consumedBody({ rawBody, body }: { rawBody?: unknown; body?: unknown }): Buffer | string | undefined {
  for (const text of [rawBody, body]) {
    if (Buffer.isBuffer(text) || typeof text === 'string') return text;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  const form = new URLSearchParams();
  append(form, body);
  return form.toString();
}

/** The extended parser makes `{ a: { b: 'c' } }` of `a[b]=c`, and `{ a: ['b', 'c'] }` of `a=b&a=c`. */
function append(form: URLSearchParams, values: object, prefix?: string): void {
  for (const [key, value] of Object.entries(values)) {
    const name = prefix === undefined ? key : `${prefix}[${key}]`;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'object' && item !== null) append(form, item, name);
      else form.append(name, String(item ?? ''));
    }
  }
}
