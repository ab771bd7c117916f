import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { ClientMetadata } from '../settings/client-metadata.js';
import { canonicalName, canonicalSubject } from './distinguished-name.js';
import { readString } from './members.js';

/** Whether a certificate is that of the client (RFC 8705, section 2.1.2). */
export type SubjectMatch = (certificate: X509Certificate) => boolean;

/** Each turns a registered value into a match, or returns `undefined` if the value is of another kind. */
const matches: Readonly<Record<string, (value: string) => SubjectMatch | undefined>> = {
  tls_client_auth_subject_dn(value) {
    const name = canonicalName(value);
    return name === undefined ? undefined : (certificate) => canonicalSubject(certificate) === name;
  },
  tls_client_auth_san_dns(value) {
    if (!/^[\w-]+(\.[\w-]+)*$/.test(value)) return undefined;
    return (certificate) => certificate.checkHost(value, { subject: 'never', wildcards: false }) !== undefined;
  },
  tls_client_auth_san_uri(value) {
    return URL.canParse(value) ? (certificate) => urisOf(certificate).includes(value) : undefined;
  },
  tls_client_auth_san_ip(value) {
    return isIP(value) === 0 ? undefined : (certificate) => certificate.checkIP(value) !== undefined;
  },
  tls_client_auth_san_email(value) {
    if (!/^[^@\s]+@[^@\s]+$/.test(value)) return undefined;
    return (certificate) => certificate.checkEmail(value, { subject: 'never' }) !== undefined;
  },
};

/**
 * Reads how a client of `tls_client_auth` is recognised.
 *
 * @throws TypeError when it is not exactly one of the five members, or malformed
 */
export function readSubjectMatch(metadata: ClientMetadata, where: string): SubjectMatch {
  const [name, ...others] = Object.keys(matches).filter((member) => metadata[member] !== undefined);
  if (name === undefined || others.length > 0) {
    throw new TypeError(`${where}: tls_client_auth needs exactly one of ${Object.keys(matches).join(', ')}`);
  }
  const match = matches[name]?.(readString(metadata, name, where) ?? '');
  if (match === undefined) throw new TypeError(`${where}.${name} is malformed`);
  return match;
}

/** The URIs among the alternative names, which Node gives as one text: ambiguous ones are JSON strings in it. */
function urisOf({ subjectAltName = '' }: X509Certificate): string[] {
  const uris: string[] = [];
  for (const [, type, value = ''] of subjectAltName.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy)) {
    if (type === 'URI') uris.push(value.startsWith('"') ? JSON.parse(value) : value);
  }
  return uris;
}
