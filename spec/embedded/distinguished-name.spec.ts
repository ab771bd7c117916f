import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { canonicalName, canonicalSubject } from '../../lib/embedded/client/distinguished-name.js';
import { makeCertificate } from '../support/certificates.js';

describe('a distinguished name', () => {
  it.each([
    ['CN=teller,O=Bank', 'cn=teller,o=Bank'],
    ['CN=teller,O=Bank', 'CN = teller , O = Bank '],
    ['CN=Teller,O=BANK', 'CN=teller,O=bank'],
    ['CN=a  b', 'CN=a b'],
    ['CN=teller', '2.5.4.3=teller'],
    ['CN=teller', 'commonName=teller'],
    ['CN=teller', '2.5.4.3=#0C0674656C6C6572'],
    ['CN=teller', '2.5.4.3=#1e0c00740065006c006c00650072'],
    ['organizationIdentifier=PSDPT-BDP-1', '2.5.4.97=PSDPT-BDP-1'],
    ['emailAddress=a@b.example', '1.2.840.113549.1.9.1=a@b.example'],
    ['CN=Smith\\, John', 'CN=Smith\\2C John'],
    ['CN=\\#1', 'CN=\\231'],
    ['CN=Zoë', 'CN=Zo\\C3\\AB'],
    ['CN=back\\\\slash', 'CN=back\\5Cslash'],
    ['CN=a+OU=b,O=c', 'OU=b+CN=a,O=c'],
    ['CN=a=b', 'CN=a\\=b'],
  ])('%s is the same as %s', (one, other) => {
    expect(canonicalName(one)).toBeDefined();
    expect(canonicalName(other)).toBe(canonicalName(one));
  });

  it.each([
    ['CN=teller,O=Bank', 'O=Bank,CN=teller'],
    ['CN=teller', 'CN=teller,O=Bank'],
    ['CN=a+OU=b', 'CN=a,OU=b'],
    ['CN=a\\,OU=b', 'CN=a,OU=b'],
    ['CN=ab', 'CN=a b'],
    ['CN=', 'CN=a'],
  ])('%s is not the same as %s', (one, other) => {
    expect(canonicalName(one)).not.toBe(canonicalName(other));
  });

  it.each(['', 'teller', '=teller', 'CN', 'CN=a,', 'CN=a,,O=b', 'CN="a"', 'CN=a;O=b', 'CN=a\\', '1=x', 'C N=x'])(
    '%j is not one',
    (text) => {
      expect(canonicalName(text)).toBeUndefined();
    },
  );

  it.each([
    ['C=PT, O=Bank, CN=teller', 'CN=teller,O=Bank,C=PT'],
    ['O=Smith\\, Sons \\+ Co, CN=x', 'CN=x,O=Smith\\, Sons \\+ Co'],
    ['C=PT, 2.5.4.97=PSDPT-BDP-1', 'organizationIdentifier=PSDPT-BDP-1,C=PT'],
    ['DC=com, DC=example, CN=Zoë', 'CN=Zoë,DC=example,DC=com'],
    ['O=x+OU=y, CN=z', 'CN=z,OU=y+O=x'],
  ])('of a certificate for %s is %s', async (subject, name) => {
    const { cert } = await makeCertificate({ subject });
    expect(canonicalSubject(new X509Certificate(cert))).toBe(canonicalName(name));
  });
});
