import { randomUUID } from 'node:crypto';

/*
 * Authlete's 64-bit integers do not fit a JavaScript number, and Node 20 knows neither JSON.rawJSON nor the reviver's
 * source. So integers that would be rounded travel through JSON.parse and JSON.stringify as marked strings. The mark is
 * not guessable: no text of a client can pass for it.
 */
const mark = `int:${randomUUID()}:`;

const sixteenDigits = /\d{16}/;
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const integer = /^-?(?:0|[1-9]\d*)$/;
const markedInteger = new RegExp(`"${mark}(-?\\d+)"`, 'g');

/**
 * Parses a response of the Authlete Web API: every `clientId` becomes a string of all its digits, any other integer
 * beyond 2^53 a `bigint`. As fast as `JSON.parse` where there is no such integer.
 *
 * @returns `null` for the JSON text `null`
 * @throws SyntaxError when the text is not JSON, or neither an object nor `null`
 */
export function parseApiResponse<T extends object>(text: string): T | null {
  let value: unknown = JSON.parse(text);
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) throw new SyntaxError('the JSON text is not an object');

  if (sixteenDigits.test(text)) {
    value = JSON.parse(text.replace(stringOrNumber, markIfRounded));
    restoreIntegers(value as object);
  } else if (hasNestedClientId(text)) {
    restoreIntegers(value as object);
  } else {
    restoreClientId(value as Record<string, unknown>);
  }
  return value as T;
}

/** Writes a response of the Authlete Web API: the inverse of {@link parseApiResponse}. */
export function stringifyApiResponse(value: object): string {
  return JSON.stringify(value, markIntegers).replace(markedInteger, '$1');
}

function markIfRounded(token: string): string {
  const rounded = integer.test(token) && !Number.isSafeInteger(Number(token));
  return rounded ? `"${mark}${token}"` : token;
}

function hasNestedClientId(text: string): boolean {
  const first = text.indexOf('"clientId"');
  return first !== -1 && text.indexOf('"clientId"', first + 1) !== -1;
}

function restoreIntegers(container: object): void {
  restoreClientId(container as Record<string, unknown>);
  for (const [key, value] of Object.entries(container)) {
    if (typeof value === 'string' && value.startsWith(mark)) {
      const digits = value.slice(mark.length);
      (container as Record<string, unknown>)[key] = key === 'clientId' ? digits : BigInt(digits);
    } else if (typeof value === 'object' && value !== null) {
      restoreIntegers(value);
    }
  }
}

function restoreClientId(container: Record<string, unknown>): void {
  if (typeof container.clientId === 'number') container.clientId = String(container.clientId);
}

function markIntegers(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${mark}${value}`;
  if (key === 'clientId' && typeof value === 'string' && integer.test(value)) return `${mark}${value}`;
  return value;
}
