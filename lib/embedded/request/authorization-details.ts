import type { AuthorizationDetail, AuthorizationDetails } from '../../authlete/types/common-types.js';
import { numbersIn, parseExactly, stringifyExactly } from '../../json/exact-json.js';
import { isTooDeep } from '../../jwt/json-depth.js';
import type { Client } from '../client/client.js';
import { isNarrower } from './narrower-details.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Judges `authorization_details`. The engine keeps the text: parsed, it could take ten times as much memory, and numbers
 * would lose digits.
 *
 * @throws ProtocolError `invalid_authorization_details` (RFC 9396, section 5)
 */
export function judgeAuthorizationDetails({ authorizationDetailsTypes }: Client, text: string): string {
  const elements = parse(text);
  if (!Array.isArray(elements)) throw invalid('authorization_details is not a JSON array');
  if (isTooDeep(elements)) throw invalid('authorization_details is nested too deep');
  for (const number of numbersIn(elements)) {
    if (!number.isFinite) throw invalid('authorization_details holds a number that is not finite');
  }
  for (const { type } of elements.map(readElement)) {
    if (authorizationDetailsTypes !== undefined && !authorizationDetailsTypes.has(type)) {
      throw invalid('authorization_details holds a type that the client may not use');
    }
  }
  return text;
}

/**
 * Judges the `authorization_details` of a token request: what was granted, or less of it (RFC 9396, section 6).
 *
 * @param granted what was granted; judged already
 * @returns the details of the access token
 * @throws ProtocolError `invalid_authorization_details`
 */
export function narrowAuthorizationDetails(
  client: Client,
  granted: string | undefined,
  requested: string | undefined,
): string | undefined {
  if (requested === undefined) return granted;
  judgeAuthorizationDetails(client, requested);
  const elements = granted === undefined ? [] : (parseExactly(granted) as object[]);
  for (const detail of parseExactly(requested) as object[]) {
    if (!elements.some((element) => isNarrower(detail, element))) {
      throw invalid('authorization_details asks for something that was not granted');
    }
  }
  return requested;
}

/** Judged `authorization_details` as Authlete writes them. */
export function authorizationDetailsForApi(text: string): AuthorizationDetails {
  return { elements: (parseExactly(text) as unknown[]).map(readElement) };
}

/** Judged `authorization_details` for a value that `stringifyExactly` writes. */
export function authorizationDetailsForJson(text: string | undefined): unknown {
  return text === undefined ? undefined : parseExactly(text);
}

function parse(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    throw invalid('authorization_details is not JSON, or repeats a member');
  }
}

function readElement(element: unknown): AuthorizationDetail {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    throw invalid('authorization_details holds something that is not an object');
  }
  const { type, locations, actions, datatypes, identifier, privileges, ...others } = element as Record<string, unknown>;
  if (typeof type !== 'string' || type === '') throw invalid('authorization_details holds an object without a type');
  const detail: AuthorizationDetail = { type };
  if (locations !== undefined) detail.locations = readStrings(locations, 'locations');
  if (actions !== undefined) detail.actions = readStrings(actions, 'actions');
  if (datatypes !== undefined) detail.dataTypes = readStrings(datatypes, 'datatypes');
  if (identifier !== undefined) detail.identifier = readString(identifier, 'identifier');
  if (privileges !== undefined) detail.privileges = readStrings(privileges, 'privileges');
  if (Object.keys(others).length > 0) detail.otherFields = stringifyExactly(others);
  return detail;
}

function readString(value: unknown, member: string): string {
  if (typeof value !== 'string') throw invalid(`authorization_details holds a ${member} that is not a string`);
  return value;
}

function readStrings(value: unknown, member: string): string[] {
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string')) {
    throw invalid(`authorization_details holds ${member} that are not an array of strings`);
  }
  return value;
}

function invalid(description: string): ProtocolError {
  return new ProtocolError('E020311', 'invalid_authorization_details', description);
}
