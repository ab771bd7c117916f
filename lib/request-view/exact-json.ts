/** A JSON value whose numbers are strings of the digits that were written. */
export type ExactJson = string | boolean | null | ExactJson[] | ExactObject;
export interface ExactObject {
  [name: string]: ExactJson;
}

const stringOrNumber = /"(?:[^"\\]|\\.)*"(\s*:)?|(-?\d[\d.eE+-]*)/g;

/**
 * Parses JSON without rounding: `89.90` stays `89.90`, and a long number keeps all its digits.
 *
 * @throws SyntaxError when the text is not JSON, or an object in it has a name twice: parsers do not agree which one counts
 */
export function parseExactJson(text: string): ExactJson {
  // Judged as it is first: with its numbers in quotes, `{"a":01}` would pass.
  JSON.parse(text);
  let names = 0;
  const quoted = text.replace(stringOrNumber, (token, colon?: string, number?: string) => {
    if (colon !== undefined) names += 1;
    return number === undefined ? token : `"${number}"`;
  });
  const value: ExactJson = JSON.parse(quoted);
  if (countMembers(value) !== names) throw new SyntaxError('an object has a name twice');
  return value;
}

function countMembers(root: ExactJson): number {
  let count = 0;
  // No recursion: it may be nested deeper than the stack.
  const values = [root];
  for (let value = values.pop(); value !== undefined; value = values.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) count += Object.keys(value).length;
    for (const inner of Object.values(value)) values.push(inner);
  }
  return count;
}
