import { numbersIn, parseExactJson, parseExactly } from '../json/exact-json.js';
import type { AuthorizationDetail } from './types/common-types.js';

/** One element of `authorization_details`, as the client wrote it (RFC 9396, section 2). */
export interface UnpackedDetail {
  type: string;
  locations?: string[];
  actions?: string[];
  datatypes?: string[];
  identifier?: string;
  privileges?: string[];
  /** Members that are specific to the type. */
  [member: string]: unknown;
}

/** An {@link UnpackedDetail} whose numbers are not rounded. */
export interface ExactDetail extends UnpackedDetail {
  /** Members that are specific to the type. Numbers are strings of the digits that the client wrote: `89.90`. */
  [member: string]: unknown;
}

/**
 * Restores an element of `authorization_details` to what the client sent: Authlete packs the members that are specific to
 * a type, such as the amount of a payment, into a JSON string, `otherFields`, and calls `datatypes` `dataTypes`.
 *
 * @throws SyntaxError when `otherFields` is not a JSON object (Authlete always sends one); when an object in it has two
 *   members of the same name; and when it has a number that JavaScript would change, such as `12345678901234567`. Amounts are
 *   best sent as strings
 * @example
 * ```ts
 * const [payment] = transaction.request.authorizationDetails?.elements.map(unpackDetail) ?? [];
 * show(`Pay ${payment.instructedAmount.amount} to ${payment.creditorName}?`);
 * ```
 */
export function unpackDetail(detail: AuthorizationDetail): UnpackedDetail {
  return unpacked(detail, (otherFields) => {
    const ambiguity = ambiguityOf(otherFields);
    if (ambiguity !== undefined) throw new SyntaxError(`otherFields: ${ambiguity}`);
    return JSON.parse(otherFields);
  });
}

/**
 * {@link unpackDetail} for numbers of any length.
 *
 * @throws SyntaxError when `otherFields` is not a JSON object, or an object in it has two members of the same name
 */
export function unpackExactly(detail: AuthorizationDetail): ExactDetail {
  return unpacked(detail, parseExactJson);
}

function unpacked(
  { otherFields, dataTypes, ...common }: AuthorizationDetail,
  parse: (text: string) => unknown,
): UnpackedDetail {
  const specific = otherFields ? parse(otherFields) : {};
  if (typeof specific !== 'object' || specific === null || Array.isArray(specific)) {
    throw new SyntaxError('otherFields is not a JSON object');
  }
  const present = Object.entries({ ...common, datatypes: dataTypes }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  // The common members come last, so that a type-specific member cannot replace one.
  return { ...specific, ...Object.fromEntries(present) } as UnpackedDetail;
}

/** Why JavaScript, or another parser, would misread a JSON text. */
export function ambiguityOf(text: string): string | undefined {
  JSON.parse(text);
  try {
    for (const number of numbersIn(parseExactly(text))) {
      if (!number.isSafe) return 'a number has more digits than JavaScript keeps';
    }
  } catch {
    return 'a member appears twice';
  }
  return undefined;
}
