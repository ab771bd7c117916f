import type { JWTPayload } from 'jose';

/** A subject identifier of one of the formats that are understood (RFC 9493, section 3.2). */
export type SubjectIdentifier =
  | { format: 'iss_sub'; iss: string; sub: string }
  | { format: 'email'; email: string }
  | { format: 'phone_number'; phone_number: string }
  | { format: 'opaque'; id: string };

/** The user that the claims name. */
export interface NamedSubject {
  subject: string;
  /** The `sub_id` claim, if the subject comes from it. */
  subjectIdentifier?: SubjectIdentifier;
}

// E.164 with the international prefix (RFC 9493, section 3.2.5).
const phoneNumberPattern = /^\+[1-9][0-9]{1,14}$/;

/**
 * Finds the subject in the claims of a JWT: in `sub_id`, or, if that is absent or has an unknown format,
 * in `sub` (RFC 9493, section 4.1, asks to rely on only one of the two).
 *
 * @returns `undefined` when the claims name nobody, or a user of another issuer
 */
export function subjectOf(claims: JWTPayload): NamedSubject | undefined {
  const subId: unknown = claims.sub_id;
  if (subId !== undefined) {
    if (typeof subId !== 'object' || subId === null || Array.isArray(subId)) return undefined;
    const identifier = subId as Record<string, unknown>;
    const { format } = identifier;
    if (typeof format !== 'string' || format === '') return undefined;
    if (Object.hasOwn(readers, format)) return readers[format as SubjectIdentifier['format']](identifier, claims);
  }
  return isText(claims.sub) ? { subject: claims.sub } : undefined;
}

type Reader = (identifier: Record<string, unknown>, claims: JWTPayload) => NamedSubject | undefined;

const readers: Record<SubjectIdentifier['format'], Reader> = {
  // The issuer of the subject need not be that of the JWT (RFC 9493, section 4.2), but an issuer that is trusted with its
  // own users is not therefore trusted with those of others.
  iss_sub({ iss, sub }, claims) {
    if (isText(sub) && isText(iss) && iss === claims.iss) {
      return { subject: sub, subjectIdentifier: { format: 'iss_sub', iss, sub } };
    }
  },
  email({ email }) {
    if (isText(email)) return { subject: email, subjectIdentifier: { format: 'email', email } };
  },
  phone_number({ phone_number }) {
    if (isText(phone_number) && phoneNumberPattern.test(phone_number)) {
      return { subject: phone_number, subjectIdentifier: { format: 'phone_number', phone_number } };
    }
  },
  opaque({ id }) {
    if (isText(id)) return { subject: id, subjectIdentifier: { format: 'opaque', id } };
  },
};

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
