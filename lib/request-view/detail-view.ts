import type { AuthorizationDetail } from '../authlete/types/common-types.js';
import { type ExactJson, type ExactObject, parseExactJson } from '../json/exact-json.js';
import { RequestViewError } from './error.js';
import { account, accountNumber, amount, amountMembers, personName } from './read-as-one.js';
import type { RequestTexts } from './texts.js';
import type { DetailView } from './types.js';
import { type Wording, wordingOf } from './wording.js';

/** Maximum nesting of objects and arrays. */
const maxDepth = 6;

interface Line {
  name: string;
  value: string;
  isAmount?: boolean;
}

/**
 * Puts one element of `authorization_details` into words. Amounts come first, wherever the client put them, since they are
 * what the person has to judge.
 */
export function detailView(detail: AuthorizationDetail, texts: RequestTexts): DetailView {
  const wording = wordingOf(detail.type, texts);
  const lines = linesOfObject(membersOf(detail), { path: [], name: '', depth: 0 }, wording);
  const ordered = [...lines.filter(({ isAmount }) => isAmount), ...lines.filter(({ isAmount }) => !isAmount)];
  return {
    title: wording.title,
    lines: ordered.map(({ name, value, isAmount }) => ({ name, value, ...(isAmount && { isAmount }) })),
  };
}

/** All members except the type; those that are specific to it come first. */
function membersOf({ type, otherFields, dataTypes, ...common }: AuthorizationDetail): ExactObject {
  const members: ExactObject = { ...particularMembers(type, otherFields) };
  for (const [name, value] of Object.entries({ ...common, datatypes: dataTypes })) {
    // Authlete sends null for an absent member.
    if (value !== undefined && value !== null) members[name] = value;
  }
  return members;
}

function particularMembers(type: string, otherFields: string | null | undefined): ExactObject {
  if (!otherFields) return {};
  try {
    const members = parseExactJson(otherFields);
    if (typeof members === 'object' && members !== null && !Array.isArray(members)) return members;
  } catch {
    // Refused below, like JSON that is not an object.
  }
  throw new RequestViewError(
    `the otherFields of the authorization details of type ${type} are not a JSON object, or a name occurs twice`,
  );
}

/** The place of a value: the names of members that lead to it, its label, its depth. */
interface Place {
  path: readonly string[];
  name: string;
  depth: number;
}

function linesOfObject(members: ExactObject, place: Place, wording: Wording): Line[] {
  const inside = (member: string): Place => {
    const path = [...place.path, member];
    return { path, name: nested(place.name, wording.nameOf(path)), depth: place.depth + 1 };
  };
  const ofAmount = amountMembers(members);
  const rest = { ...members };
  const lines: Line[] = [];
  for (const readAsOne of [amount, account, personName]) {
    const reading = readAsOne(rest, wording.language);
    if (reading === undefined) continue;
    for (const member of reading.names) delete rest[member];
    // A single line has the name of the whole: "Debtor account", not "Debtor account: IBAN".
    const isAll = place.name !== '' && Object.keys(rest).length === 0 && lines.length === 0;
    const name = isAll ? place.name : inside(reading.names[0] as string).name;
    lines.push({ name, value: reading.value, isAmount: readAsOne === amount });
  }
  const others = Object.entries(rest).flatMap(([member, value]) => {
    const own = linesOf(value, inside(member), wording);
    return ofAmount.has(member) ? own.map((line) => ({ ...line, isAmount: true })) : own;
  });
  return [...lines, ...others];
}

function linesOf(value: ExactJson, place: Place, wording: Wording): Line[] {
  if (place.depth > maxDepth) throw new RequestViewError(`authorization_details are nested deeper than ${maxDepth}`);
  if (isEmpty(value)) return [{ name: place.name, value: wording.empty }];
  if (typeof value !== 'object') return [{ name: place.name, value: scalarText(value, place.path, wording) }];
  return Array.isArray(value) ? linesOfArray(value, place, wording) : linesOfObject(value, place, wording);
}

function linesOfArray(values: readonly ExactJson[], place: Place, wording: Wording): Line[] {
  const items = values.map((value, index) => {
    const name = `${place.name} ${index + 1}`;
    return { name, lines: linesOf(value, { ...place, name, depth: place.depth + 1 }, wording) };
  });
  const isList = items.every(({ name, lines }) => lines.length === 1 && lines[0]?.name === name);
  if (!isList) return items.flatMap(({ lines }) => lines);
  const all = items.flatMap(({ lines }) => lines);
  const isAmount = all.some((line) => line.isAmount);
  return [{ name: place.name, value: all.map(({ value }) => value).join(', '), isAmount }];
}

function nested(outer: string, inner: string): string {
  return outer === '' ? inner : `${outer}: ${inner}`;
}

function isEmpty(value: ExactJson): value is null | '' {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

function scalarText(value: string | boolean, path: readonly string[], wording: Wording): string {
  const number = typeof value === 'string' ? accountNumber(path.at(-1) ?? '', value) : undefined;
  return number ?? wording.valueOf(value);
}
