/** Errors within errors deeper than this are left out. */
const maxDepth = 10;

/**
 * An error as plain data, for loggers that write JSON: there an error is `{}`, or loses the `code` of its cause. Name, message,
 * stack, own properties (`code`, `status`), `cause` and `errors`; anything but an error is returned as it is.
 */
export function errorRecord(value: unknown, depth = 0): unknown {
  if (!isError(value)) return value;
  if (depth >= maxDepth) return '(more errors)';
  const { name, message, stack } = value;
  const record: Record<string, unknown> = { name, message, stack };
  // Own properties, enumerable or not: `cause` and `errors` are not.
  for (const key of Object.getOwnPropertyNames(value)) {
    if (key in record) continue;
    const property = (value as unknown as Record<string, unknown>)[key];
    record[key] = Array.isArray(property)
      ? property.map((element) => errorRecord(element, depth + 1))
      : errorRecord(property, depth + 1);
  }
  // A DOMException's is inherited.
  if (!('code' in record) && 'code' in value) record.code = value.code;
  return record;
}

/** Recognises errors of any realm, and DOMExceptions: `instanceof` does not. */
export function isError(value: unknown): value is Error {
  const { message, stack } = (value ?? {}) as Partial<Error>;
  return typeof message === 'string' && typeof stack === 'string';
}

/** The details of a log entry, with every error among them as plain data. */
export function withErrorRecords(details: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, errorRecord(value)]));
}
