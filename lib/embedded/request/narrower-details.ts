import { ExactNumber } from '../../json/exact-json.js';

/** Members in which fewer entries mean less access, whatever the type (RFC 9396, section 2.2). */
const lists: ReadonlySet<string> = new Set(['locations', 'actions', 'datatypes', 'privileges']);

/**
 * Whether an authorization detail equals what was granted, or asks for less: fewer locations, actions, datatypes or
 * privileges. The engine does not know what the other members of a type mean, so those must be equal.
 */
export function isNarrower(detail: object, granted: object): boolean {
  const [names, grantedNames] = [Object.keys(detail), Object.keys(granted)];
  if (names.length !== grantedNames.length) return false;
  return names.every((name) => {
    const [value, grantedValue] = [memberOf(detail, name), memberOf(granted, name)];
    return lists.has(name) ? isPart(value, grantedValue) : isSame(value, grantedValue);
  });
}

function memberOf(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

/** At least one of the entries: an empty list would mean that there is no limit. */
function isPart(part: unknown, whole: unknown): boolean {
  if (!Array.isArray(part) || !Array.isArray(whole)) return false;
  return part.every((entry) => whole.includes(entry)) && (part.length > 0 || whole.length === 0);
}

function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof ExactNumber && other instanceof ExactNumber) return one.equals(other);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && isSame(memberOf(one, name), memberOf(other, name)));
}
