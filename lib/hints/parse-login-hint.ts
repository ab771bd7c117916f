import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { parseExactJson } from '../json/exact-json.js';

/** What a `login_hint` says; `type` tells the kinds apart. */
export type LoginHint =
  /** A telephone number, `+` and 5 to 15 digits (E.164). */
  | { type: 'tel'; phoneNumber: string }
  /** Where a device is on the network: its address in canonical form, and the port if one was given. */
  | { type: 'ipport'; address: string; family: 4 | 6; port?: number }
  /** A temporary token of the mobile operator (GSMA TS.43), which only the operator can read. */
  | { type: 'operatortoken'; token: string }
  /** An e-mail address, as it was given. */
  | { type: 'email'; email: string }
  /** A user as an issuer names them: the JSON form of a subject identifier (RFC 9493, section 3.2.4). */
  | { type: 'iss_sub'; iss: string; sub: string }
  /** Anything else: a user name, an account number. */
  | { type: 'opaque'; value: string }
  /** Begins like one of CAMARA's three kinds but is not valid, or is a subject identifier that cannot be read. */
  | { type: 'malformed'; scheme: 'tel' | 'ipport' | 'operatortoken' | 'json' };

// No CAMARA hint comes near this length; a longer one is not parsed.
const maxHintLength = 8192;

// RFC 5321, section 4.5.3.1, less the angle brackets.
const maxEmailLength = 254;

// URI schemes are case-insensitive (RFC 3986, section 3.1).
const schemePattern = /^(tel|ipport|operatortoken):/i;

// The CAMARA profile: the tel URI of a global number (RFC 3966) without visual separators and parameters. Five digits
// at least, as in CAMARA's PhoneNumber.
const phoneNumberPattern = /^\+[1-9][0-9]{4,14}$/;

const portPattern = '(?::([1-9][0-9]{0,4}))?';
const ipv4Pattern = new RegExp(`^([0-9.]{7,15})${portPattern}$`);
const ipv6Pattern = new RegExp(`^\\[([0-9a-fA-F:.]{2,45})\\]${portPattern}$`);

// A dot-atom of at most 64 characters (RFC 5322, section 3.2.3; RFC 5321, section 4.5.3.1) at a domain with a dot in it.
const emailPattern =
  /^(?=.{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/**
 * Reads a `login_hint`: CAMARA's `tel:+34666666666`, `ipport:80.90.34.2:16790`, `ipport:[2001:db8::1]` and
 * `operatortoken:...`, an e-mail address, a subject identifier in JSON, or anything else. Never throws, whatever it is given.
 *
 * @param hint the hint as the client sent it; beyond 8192 characters it is not examined
 * @see CAMARA Security and Interoperability Profile, "Format of `login_hint`"; RFC 3966; RFC 5952
 * @example
 * ```ts
 * parseLoginHint('tel:+34666666666'); // { type: 'tel', phoneNumber: '+34666666666' }
 * parseLoginHint('ipport:[2001:DB8:0::1]:8080'); // { type: 'ipport', address: '2001:db8::1', family: 6, port: 8080 }
 * parseLoginHint('{"format":"iss_sub","iss":"https://as.example.com","sub":"alice"}'); // { type: 'iss_sub', ... }
 * parseLoginHint('tel:666 666 666'); // { type: 'malformed', scheme: 'tel' }
 * ```
 */
export function parseLoginHint(hint: string): LoginHint {
  if (typeof hint !== 'string') return { type: 'opaque', value: '' };
  const scheme = schemePattern.exec(hint)?.[1]?.toLowerCase() as 'tel' | 'ipport' | 'operatortoken' | undefined;
  if (scheme === undefined) {
    const identified = parseJson(hint);
    if (identified !== undefined) return identified;
    const isEmail = hint.length <= maxEmailLength && emailPattern.test(hint);
    return isEmail ? { type: 'email', email: hint } : { type: 'opaque', value: hint };
  }
  const rest = hint.length > maxHintLength ? '' : hint.slice(scheme.length + 1);
  return parsers[scheme](rest) ?? { type: 'malformed', scheme };
}

const parsers = { tel: parseTel, ipport: parseIpPort, operatortoken: parseOperatorToken };

/** The formats of RFC 9493 that a text can express. Text that is not an object with a `format` has none of them. */
function parseJson(hint: string): LoginHint | undefined {
  if (!hint.startsWith('{') || hint.length > maxHintLength) return undefined;
  const identifier = objectIn(hint, JSON.parse);
  if (identifier?.format === undefined) return undefined;
  // Refuses a duplicate name: parsers do not agree which one counts.
  const isPlain = objectIn(hint, parseExactJson) !== undefined;
  return (isPlain && readIdentifier(identifier)) || { type: 'malformed', scheme: 'json' };
}

function objectIn(text: string, parse: (text: string) => unknown): Record<string, unknown> | undefined {
  try {
    return parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function readIdentifier({ format, ...members }: Record<string, unknown>): LoginHint | undefined {
  const { iss, sub, email, phone_number: phoneNumber, id } = members;
  if (format === 'iss_sub' && isText(iss) && isText(sub)) return { type: 'iss_sub', iss, sub };
  if (format === 'email' && isText(email)) return { type: 'email', email };
  if (format === 'phone_number' && isText(phoneNumber)) return parseTel(phoneNumber);
  if (format === 'opaque' && isText(id)) return { type: 'opaque', value: id };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function parseTel(number: string): LoginHint | undefined {
  if (phoneNumberPattern.test(number)) return { type: 'tel', phoneNumber: number };
}

function parseIpPort(text: string): LoginHint | undefined {
  const [, ipv4 = '', ipv4Port] = ipv4Pattern.exec(text) ?? [];
  if (isIPv4(ipv4)) return ipPort(ipv4, 4, ipv4Port);
  const [, ipv6 = '', ipv6Port] = ipv6Pattern.exec(text) ?? [];
  if (isIPv6(ipv6)) return ipPort(new SocketAddress({ address: ipv6, family: 'ipv6' }).address, 6, ipv6Port);
}

function ipPort(address: string, family: 4 | 6, digits: string | undefined): LoginHint | undefined {
  if (digits === undefined) return { type: 'ipport', address, family };
  const port = Number(digits);
  if (port <= 65_535) return { type: 'ipport', address, family, port };
}

function parseOperatorToken(token: string): LoginHint | undefined {
  if (token !== '') return { type: 'operatortoken', token };
}
