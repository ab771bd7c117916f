import type { AuthorizationDetail } from '../authlete/types/common-types.js';
import { parseExactJson } from '../json/exact-json.js';

/** One element of `authorization_details`, as the client wrote it (RFC 9396, section 2). */
export interface ExactDetail {
  type: string;
  locations?: string[];
  actions?: string[];
  datatypes?: string[];
  identifier?: string;
  privileges?: string[];
  /** Members that are specific to the type. Numbers are strings of the digits that the client wrote: `89.90`. */
  [member: string]: unknown;
}

/**
 * An element of `authorization_details` as the client sent it. Authlete packs what is specific to a type into a JSON string,
 * `otherFields`, and calls `datatypes` `dataTypes`.
 *
 * @throws SyntaxError when `otherFields` is not JSON, or an object in it has a name twice
 */
export function unpackedDetail({ otherFields, dataTypes, ...common }: AuthorizationDetail): ExactDetail {
  const specific = otherFields ? (parseExactJson(otherFields) as object) : {};
  const present = Object.entries({ ...common, datatypes: dataTypes }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  // The common members come last: nothing that is specific to a type can take their place.
  return { ...specific, ...Object.fromEntries(present) } as ExactDetail;
}
