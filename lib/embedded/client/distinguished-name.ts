import type { X509Certificate } from 'node:crypto';

/*
 * Distinguished names are written as in RFC 4514 and compared as in RFC 4517, section 4.2.15: attribute by attribute.
 * The names of the attributes, escapes, letter case and repeated spaces do not matter.
 */

/**
 * Converts a name to a canonical form: equal names have the same.
 *
 * @param text RFC 4514: the most specific first, as in `CN=teller,O=Bank,C=PT`
 * @returns `undefined` when it is not a distinguished name
 */
export function canonicalName(text: string): string | undefined {
  const attribute = /\s*([a-z][a-z\d-]*|\d+(?:\.\d+)+)\s*=((?:\\.|[^\\,+"<>;])*)([,+]|$)/gisy;
  const name: string[][] = [[]];
  for (;;) {
    const [match, type = '', value = '', separator = ''] = attribute.exec(text) ?? [];
    if (match === undefined) return undefined;
    name.at(-1)?.push(`${typeOf(type)}=${canonicalValue(unescaped(value.trim()))}`);
    if (separator === '') break;
    if (separator === ',') name.push([]);
  }
  // The attributes of one part have no order.
  return JSON.stringify(name.map((part) => part.sort()));
}

/** The certificate's subject in canonical form. */
export function canonicalSubject({ subject }: X509Certificate): string | undefined {
  // Node writes one line for each part, the most specific last, escaped by RFC 2253, the predecessor of RFC 4514.
  return canonicalName((subject ?? '').split('\n').reverse().join(','));
}

function unescaped(text: string): string {
  if (text.startsWith('#')) return textInBer(Buffer.from(text.slice(1), 'hex'));
  return text.replace(/((?:\\[\da-f]{2})+)|\\(.)/gis, (_, octets?: string, escaped?: string) =>
    octets === undefined ? (escaped ?? '') : Buffer.from(octets.replaceAll('\\', ''), 'hex').toString(),
  );
}

/** The text of a string type in BER (X.690, section 8), which RFC 4514, section 2.4, uses for values of unnamed types. */
function textInBer(ber: Buffer): string {
  const [tag, length = 0] = ber;
  const content = ber.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f));
  const bmpString = 0x1e;
  return tag === bmpString && content.length % 2 === 0 ? content.swap16().toString('utf16le') : content.toString();
}

/** Prepares a string for comparison (RFC 4518). */
function canonicalValue(value: string): string {
  return value.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

function typeOf(type: string): string {
  const name = type.toLowerCase();
  return oids[name] ?? name;
}

/** The names that RFC 4519, OpenSSL and others have for the types of attributes in certificates. */
const oids: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  cn: '2.5.4.3',
  commonname: '2.5.4.3',
  sn: '2.5.4.4',
  surname: '2.5.4.4',
  serialnumber: '2.5.4.5',
  c: '2.5.4.6',
  countryname: '2.5.4.6',
  l: '2.5.4.7',
  localityname: '2.5.4.7',
  s: '2.5.4.8',
  st: '2.5.4.8',
  stateorprovincename: '2.5.4.8',
  street: '2.5.4.9',
  streetaddress: '2.5.4.9',
  o: '2.5.4.10',
  organizationname: '2.5.4.10',
  ou: '2.5.4.11',
  organizationalunitname: '2.5.4.11',
  t: '2.5.4.12',
  title: '2.5.4.12',
  description: '2.5.4.13',
  businesscategory: '2.5.4.15',
  postalcode: '2.5.4.17',
  gn: '2.5.4.42',
  givenname: '2.5.4.42',
  initials: '2.5.4.43',
  dnqualifier: '2.5.4.46',
  pseudonym: '2.5.4.65',
  organizationidentifier: '2.5.4.97',
  dc: '0.9.2342.19200300.100.1.25',
  domaincomponent: '0.9.2342.19200300.100.1.25',
  uid: '0.9.2342.19200300.100.1.1',
  userid: '0.9.2342.19200300.100.1.1',
  e: '1.2.840.113549.1.9.1',
  emailaddress: '1.2.840.113549.1.9.1',
  jurisdictionl: '1.3.6.1.4.1.311.60.2.1.1',
  jurisdictionlocalityname: '1.3.6.1.4.1.311.60.2.1.1',
  jurisdictionst: '1.3.6.1.4.1.311.60.2.1.2',
  jurisdictionstateorprovincename: '1.3.6.1.4.1.311.60.2.1.2',
  jurisdictionc: '1.3.6.1.4.1.311.60.2.1.3',
  jurisdictioncountryname: '1.3.6.1.4.1.311.60.2.1.3',
});
