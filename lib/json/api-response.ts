import { randomUUID } from 'node:crypto';
import { stringOrNumber } from './exact-json.js';

/*
 * Authlete's 64-bit integers do not fit a JavaScript number, and Node 20 knows neither JSON.rawJSON nor the reviver's
 * source. So integers that would be rounded travel through JSON.parse and JSON.stringify as marked strings. The mark is
 * not guessable: no text of a client can pass for it.
 */
const mark = `int:${randomUUID()}:`;
const markedInteger = new RegExp(`"${mark}(-?\\d+)"`, 'g');

const integer = /^-?(?:0|[1-9]\d*)$/;

/**
 * Parses a response of the Authlete Web API: every `clientId` becomes a string of all its digits, any other integer
 * beyond 2^53 a `bigint`. About as fast as `JSON.parse` where there is no such integer.
 *
 * @returns `null` for the JSON text `null`
 * @throws SyntaxError when the text is not JSON, or neither an object nor `null`
 */
export function parseApiResponse<T extends object>(text: string): T | null {
  const value = parseJsonObject(text);
  if (value === null || nothingRounded(value)) return value as T | null;
  const marked = JSON.parse(markRounded(text)) as object;
  restoreIntegers(marked);
  return marked as T;
}

/**
 * Parses JSON that is an object or `null`.
 *
 * @throws SyntaxError whose message, unlike that of `JSON.parse`, does not quote the text: there may be secrets in it
 */
export function parseJsonObject(text: string): object | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError('the text is not JSON');
  }
  if (typeof value !== 'object' || Array.isArray(value)) throw new SyntaxError('the JSON text is not an object');
  return value;
}

/** Writes a response of the Authlete Web API: the inverse of {@link parseApiResponse}. */
export function stringifyApiResponse(value: object): string {
  return JSON.stringify(value, markIntegers).replace(markedInteger, '$1');
}

/** Turns each `clientId` into a string. Returns whether all other integers are what the text said. */
function nothingRounded(root: object): boolean {
  let exact = true;
  // No recursion: an answer may be nested deeper than the stack. Not Object.keys either: this runs for every answer.
  const containers: object[] = [root];
  for (let container = containers.pop(); container !== undefined; container = containers.pop()) {
    if (Array.isArray(container)) {
      for (const element of container) {
        if (typeof element === 'object' && element !== null) containers.push(element);
        else if (isRounded(element)) exact = false;
      }
      continue;
    }
    const members = container as Record<string, unknown>;
    for (const name in members) {
      const value = members[name];
      if (typeof value === 'object' && value !== null) containers.push(value);
      else if (isRounded(value)) exact = false;
      else if (name === 'clientId' && typeof value === 'number') members[name] = String(value);
    }
  }
  return exact;
}

function isRounded(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Marks the integers that JSON.parse would round. What looks like one inside a string is left alone. */
function markRounded(text: string): string {
  return text.replace(stringOrNumber, (token, _colon, number?: string) =>
    number === undefined ? token : markIfRounded(number),
  );
}

function markIfRounded(token: string): string {
  const rounded = integer.test(token) && !Number.isSafeInteger(Number(token));
  return rounded ? `"${mark}${token}"` : token;
}

function restoreIntegers(root: object): void {
  const containers: object[] = [root];
  for (let container = containers.pop(); container !== undefined; container = containers.pop()) {
    for (const [key, value] of Object.entries(container)) {
      if (typeof value === 'string' && value.startsWith(mark)) {
        const digits = value.slice(mark.length);
        (container as Record<string, unknown>)[key] = key === 'clientId' ? digits : BigInt(digits);
      } else if (typeof value === 'number' && key === 'clientId') {
        (container as Record<string, unknown>)[key] = String(value);
      } else if (typeof value === 'object' && value !== null) {
        containers.push(value);
      }
    }
  }
}

function markIntegers(this: unknown, key: string, value: unknown): unknown {
  // Not `value`: hosts often give BigInt a toJSON that makes strings.
  const original = (this as Record<string, unknown>)[key];
  if (typeof original === 'bigint') return `${mark}${original}`;
  if (key === 'clientId' && typeof value === 'string' && integer.test(value)) return `${mark}${value}`;
  return value;
}
