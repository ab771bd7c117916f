import { requireOptions } from './checks.js';

/** The names of a record's options. `OptionNames<Options>` makes the compiler complain if one is missing. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>;

/**
 * Refuses unknown options: with a misspelt one, the server would start without its protection. Looks at own enumerable
 * string keys, whatever the prototype; a key whose value is `undefined` is ignored.
 *
 * @param known the names of the options
 * @param owner the function that takes them, for the message: `cibaToken`, or `notifications` for a record within
 * @throws TypeError when `options` is not an object, or that names the unknown option and the one that was probably meant
 */
export function requireKnownOptions(options: unknown, known: Readonly<Record<string, true>>, owner: string): void {
  requireOptions(options, owner);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const similar = mostSimilar(name, names);
    const advice = similar === undefined ? `it takes ${names.join(', ')}` : `did you mean \`${similar}\`?`;
    throw new TypeError(`${owner} has no option \`${name}\`: ${advice}`);
  }
}

function mostSimilar(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    // Beyond two letters in five it is another word: `policies` means `policy`, `retries` does not mean `realm`.
    .filter(({ candidate, distance }) => distance <= 0.4 * Math.max(name.length, candidate.length))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** Levenshtein distance: how many letters must be added, removed or replaced. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
