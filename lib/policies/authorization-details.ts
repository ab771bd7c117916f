import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { type Rejection, reject } from '../authlete/rejection.js';
import { ambiguityOf, type UnpackedDetail, unpackDetail } from '../authlete/unpack-detail.js';
import type { AnyHostPolicy, Awaitable, User } from '../backchannel/hooks.js';
import { requireStrings } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import type { SchemaIssue, StandardSchema } from './standard-schema.js';

/**
 * Judges one element of `authorization_details`: a schema of any library that implements Standard Schema, or a function that
 * returns a `Rejection`, or nothing.
 */
export type DetailValidator<U extends User = User> =
  | StandardSchema
  | ((
      detail: UnpackedDetail,
      request: AuthenticationRequest,
      user: U,
      // biome-ignore lint/suspicious/noConfusingVoidType: as with policies, nothing at all may be returned
    ) => Awaitable<Rejection | null | undefined | void>);

/** Options of {@link authorizationDetails}. */
export interface AuthorizationDetailsOptions<U extends User = User> {
  /** The types that this server knows. */
  types: readonly string[];
  /** A validator for each type; details of a type without one pass. */
  validate?: Readonly<Record<string, DetailValidator<U>>> | undefined;
}

const names: OptionNames<AuthorizationDetailsOptions> = { types: true, validate: true };

// Characters; the rest is cut off, since validators may list every allowed value, and every member that a client made up.
const maxDescriptionLength = 4096;

/**
 * Checks `authorization_details`: each element has a known type and passes the validator of that type, which sees the
 * whole element as the client wrote it, see {@link unpackDetail}. An element that fails is refused as `ACCESS_DENIED` with a
 * description, or as `INVALID_TARGET` if the validator finds fault with `locations`. An element that has a member
 * twice, or a number that JavaScript would round, is refused too: what is checked must be what is paid. A request without
 * `authorization_details` passes.
 *
 * The result of a schema is not used: schemas check here, they do not transform.
 *
 * @throws TypeError when an option is wrong
 * @see RFC 9396, sections 2 and 5
 * @example
 * ```ts
 * policy: authorizationDetails({
 *   types: ['payment_initiation'],
 *   validate: {
 *     payment_initiation: z.object({
 *       type: z.literal('payment_initiation'),
 *       instructedAmount: z.object({ currency: z.literal('EUR'), amount: z.string().regex(/^\d{1,6}\.\d\d$/) }),
 *       creditorName: z.string().max(70),
 *     }),
 *   },
 * }),
 * ```
 */
export function authorizationDetails<U extends User = User>(options: AuthorizationDetailsOptions<U>): AnyHostPolicy<U> {
  requireKnownOptions(options, names, 'authorizationDetails');
  const { types, validate = {} } = options;
  requireStrings(types, 'types');
  for (const [type, validator] of Object.entries(validate)) {
    if (!types.includes(type)) throw new TypeError(`validate.${type} is for a type that is not in types`);
    if (!isSchema(validator) && typeof validator !== 'function') {
      throw new TypeError(`validate.${type} must be a function or a Standard Schema`);
    }
  }
  const validators = new Map(types.map((type) => [type, Object.hasOwn(validate, type) ? validate[type] : undefined]));

  return async (request, user) => {
    for (const [index, element] of (request.authorizationDetails?.elements ?? []).entries()) {
      if (!validators.has(element.type)) {
        return reject('ACCESS_DENIED', { description: `authorization_details[${index}] has an unknown type` });
      }
      const ambiguity = element.otherFields ? ambiguityOf(element.otherFields) : undefined;
      if (ambiguity !== undefined) {
        return reject('ACCESS_DENIED', { description: `authorization_details[${index}]: ${ambiguity}` });
      }
      const validator = validators.get(element.type);
      if (validator === undefined) continue;
      const detail = unpackDetail(element);
      // Schemas are looked for first, since those of some libraries are functions too.
      const rejection = isSchema(validator)
        ? rejectionOf(await issuesOf(validator, detail), index)
        : await validator(detail, request, user);
      if (rejection !== undefined && rejection !== null) return rejection;
    }
  };
}

function isSchema(validator: unknown): validator is StandardSchema {
  const props = (validator as Partial<StandardSchema> | null | undefined)?.['~standard'];
  return typeof props?.validate === 'function';
}

async function issuesOf(schema: StandardSchema, detail: UnpackedDetail): Promise<readonly SchemaIssue[]> {
  const { issues } = await schema['~standard'].validate(detail);
  return issues ?? [];
}

function rejectionOf(issues: readonly SchemaIssue[], index: number): Rejection | undefined {
  const [first] = issues;
  if (first === undefined) return undefined;
  // Faults of `locations` come first: they have their own error (RFC 8707, section 2).
  const issue = issues.find(({ path }) => memberOf(path?.[0]) === 'locations');
  const { message, path = [] } = issue ?? first;
  const place = path.map((segment) => `.${memberOf(segment)}`).join('');
  const description = `authorization_details[${index}]${place}: ${message}`.slice(0, maxDescriptionLength);
  return reject(issue === undefined ? 'ACCESS_DENIED' : 'INVALID_TARGET', { description });
}

function memberOf(segment: PropertyKey | { readonly key: PropertyKey } | undefined): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
