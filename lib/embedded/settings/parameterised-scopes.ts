import type { Scope } from '../../authlete/types/common-types.js';

/** A scope that stands for many: `consent` for `consent:123`. */
export interface ParameterisedScope {
  readonly name: string;
  readonly pattern: RegExp;
}

/** Finds the scopes with an attribute `regex`, as in Authlete. @throws TypeError naming the scope */
export function readParameterisedScopes(scopes: ReadonlyMap<string, Scope>): ParameterisedScope[] {
  return [...scopes.values()].flatMap(({ name, attributes }) =>
    (attributes ?? []).filter(({ key }) => key === 'regex').map(({ value }) => ({ name, pattern: whole(value, name) })),
  );
}

function whole(source: string, name: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch (cause) {
    throw new TypeError(`scopes: the regex of ${name} is not a regular expression`, { cause });
  }
}
