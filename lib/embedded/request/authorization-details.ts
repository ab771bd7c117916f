import type { AuthorizationDetail, AuthorizationDetails } from '../../authlete/types/common-types.js';
import { isTooDeep } from '../../jwt/json-depth.js';
import type { Client } from '../client/client.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Judges `authorization_details`. What is kept is the text: parsed, it could take ten times as much memory.
 *
 * @throws ProtocolError `invalid_authorization_details` (RFC 9396, section 5)
 */
export function judgeAuthorizationDetails({ authorizationDetailsTypes }: Client, text: string): string {
  const elements = parse(text);
  if (!Array.isArray(elements)) throw invalid('authorization_details is not a JSON array');
  if (isTooDeep(elements)) throw invalid('authorization_details is nested too deep');
  for (const { type } of elements.map(readElement)) {
    if (authorizationDetailsTypes !== undefined && !authorizationDetailsTypes.has(type)) {
      throw invalid('authorization_details holds a type that the client may not use');
    }
  }
  return text;
}

/** Judged `authorization_details` as Authlete writes them. */
export function authorizationDetailsForApi(text: string): AuthorizationDetails {
  return { elements: (JSON.parse(text) as unknown[]).map(readElement) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('authorization_details is not JSON');
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
  if (Object.keys(others).length > 0) detail.otherFields = JSON.stringify(others);
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
