import { randomUUID } from 'node:crypto';

/*
 * Amounts must arrive as they were written: 89.90, 12345678901234567. A JavaScript number loses the final zero of
 * the first and the last digits of the second, and Node 20 has neither JSON.rawJSON nor the reviver's source. So numbers
 * travel through JSON.parse and JSON.stringify as marked strings. The mark cannot be guessed.
 */
const mark = `number:${randomUUID()}:`;
const marked = new RegExp(`"${mark}([^"]+)"`, 'g');

/** A number of a JSON text, with all its digits. */
export class ExactNumber {
  /** As it was written. */
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }

  /** Whether JavaScript has a number that is exactly this one. */
  get isSafe(): boolean {
    return this.isFinite && this.equals(new ExactNumber(String(Number(this.digits))));
  }

  /** Whether JavaScript has a number close to this one, and not just `Infinity`. */
  get isFinite(): boolean {
    return Number.isFinite(Number(this.digits));
  }

  /** Whether it is the same number, however it is written. */
  equals({ digits }: ExactNumber): boolean {
    return canonical(this.digits) === canonical(digits);
  }

  toJSON(): string {
    return mark + this.digits;
  }
}

/** Matches a string of JSON text, with the colon after it if it is a name; or a number. */
export const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|(-?\d[\d.eE+-]*)/g;

/** A JSON value whose numbers are strings of the digits that were written. */
export type ExactJson = string | boolean | null | ExactJson[] | ExactObject;
export interface ExactObject {
  [name: string]: ExactJson;
}

/**
 * Parses JSON without rounding: `89.90` becomes `'89.90'`, and a long number keeps all its digits.
 *
 * @throws SyntaxError as {@link parseExactly} does
 */
export function parseExactJson(text: string): ExactJson {
  return parseQuoted(text, '') as ExactJson;
}

/**
 * Parses JSON: numbers become {@link ExactNumber}s.
 *
 * @throws SyntaxError when the text is not JSON, or an object in it has two members of the same name: parsers do not agree
 *   which one counts
 */
export function parseExactly(text: string): unknown {
  return parseQuoted(text, mark);
}

/** Numbers become strings; with a mark before the digits, {@link ExactNumber}s. */
function parseQuoted(text: string, prefix: string): unknown {
  // First the text is parsed as it is: with its numbers in quotes, `{"a":01}` would pass.
  JSON.parse(text);
  let names = 0;
  const quoted = text.replace(stringOrNumber, (token, colon?: string, number?: string) => {
    if (colon !== undefined) names += 1;
    return number === undefined ? token : `"${prefix}${number}"`;
  });
  const holder: { root: unknown } = { root: JSON.parse(quoted) };
  if (restoreNumbers(holder) - 1 !== names) throw new SyntaxError('an object has two members of the same name');
  return holder.root;
}

/** Writes what {@link parseExactly} gives, among other values, with all digits of its numbers. */
export function stringifyExactly(value: object): string {
  return JSON.stringify(value).replace(marked, '$1');
}

/** All numbers in a value of {@link parseExactly}. */
export function* numbersIn(value: unknown): Generator<ExactNumber> {
  const values = [value];
  for (let next = values.pop(); next !== undefined; next = values.pop()) {
    if (next instanceof ExactNumber) yield next;
    else if (typeof next === 'object' && next !== null) values.push(...Object.values(next));
  }
}

/** @returns how many members the objects in it have. No recursion: the nesting may be deeper than the stack. */
function restoreNumbers(root: object): number {
  let members = 0;
  const containers = [root as Record<string, unknown>];
  for (let container = containers.pop(); container !== undefined; container = containers.pop()) {
    const names = Object.keys(container);
    if (!Array.isArray(container)) members += names.length;
    for (const name of names) {
      const value = container[name];
      if (typeof value === 'object' && value !== null) containers.push(value as Record<string, unknown>);
      // No harm comes of `__proto__`: JSON.parse has made it an own property.
      else if (typeof value === 'string' && value.startsWith(mark)) {
        container[name] = new ExactNumber(value.slice(mark.length));
      }
    }
  }
  return members;
}

/** One text for each number: its digits, without zeros at either end, and the exponent. */
function canonical(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = BigInt(exponent) + BigInt(digits.length - significant.length - fraction.length);
  return `${sign}${significant}e${power}`;
}
