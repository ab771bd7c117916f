/** A JSON value whose numbers are strings of the digits that were written. */
export type ExactJson = string | boolean | null | ExactJson[] | ExactObject;
export interface ExactObject {
  [name: string]: ExactJson;
}

const stringOrNumber = /"(?:[^"\\]|\\.)*"|(-?\d[\d.eE+-]*)/g;

/**
 * Parses JSON without rounding: `89.90` stays `89.90`, and a long number keeps all its digits.
 *
 * @throws SyntaxError when the text is not JSON
 */
export function parseExactJson(text: string): ExactJson {
  // Judged as it is first: with its numbers in quotes, `{"a":01}` would pass.
  JSON.parse(text);
  return JSON.parse(text.replace(stringOrNumber, (token, number?: string) => (number ? `"${number}"` : token)));
}
