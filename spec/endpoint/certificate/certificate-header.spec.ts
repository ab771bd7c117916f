import type { IncomingMessage } from 'node:http';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { maxChain } from '../../../lib/endpoint/certificate/chain.js';
import type { ClientCertificateHeader } from '../../../lib/endpoint/certificate/client-certificate.js';
import { makeCertificate, makeChain, type TestCertificate } from '../../support/certificates.js';
import { certificateReader } from './certificate-reader.js';

let root: TestCertificate;
let intermediate: TestCertificate;
let leaf: TestCertificate;
let selfSigned: TestCertificate;

beforeAll(async () => {
  ({ root, intermediate, leaf } = await makeChain({ subject: 'C=PT, O=Bank, CN=teller', key: 'RSA' }));
  selfSigned = await makeCertificate({ subject: 'CN=alone' });
});

/** Reads a request with these headers, as Node gives them. */
function read(option: ClientCertificateHeader, headers: Record<string, string>) {
  return certificateReader(option)({ headers } as unknown as IncomingMessage);
}

const malformed = { name: 'MalformedCertificateError', code: 'ERR_CERTIFICATE_MALFORMED' };
function malformedBy(option: ClientCertificateHeader, headers: Record<string, string>) {
  let error: Error | undefined;
  try {
    read(option, headers);
  } catch (caught) {
    error = caught as Error;
  }
  expect(error).toMatchObject(malformed);
  // Fit for error_description (RFC 6749, section 5.2).
  expect(error?.message).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/);
}

const base64 = ({ cert }: TestCertificate) => cert.replace(/-----.*-----|\n/g, '');
/** A byte sequence of structured fields. */
const bytes = (certificate: TestCertificate) => `:${base64(certificate)}:`;
/** As nginx and Envoy encode. */
const escaped = (pem: string) => encodeURIComponent(pem);
/** As the AWS Application Load Balancer encodes: `+`, `=` and `/` stay. */
const albEscaped = (pem: string) => encodeURI(pem);
const whole = () => ({ clientCertificate: leaf.cert, clientCertificatePath: [intermediate.cert, root.cert] });

describe('RFC 9440', () => {
  const option: ClientCertificateHeader = { header: 'Client-Cert', format: 'rfc9440' };

  it('reads the certificate', () => {
    expect(read(option, { 'client-cert': bytes(leaf) })).toEqual({ clientCertificate: leaf.cert });
  });

  it('reads the chain beside it', () => {
    const chain = `${bytes(intermediate)}, ${bytes(root)}`;
    expect(read(option, { 'client-cert': bytes(leaf), 'client-cert-chain': chain })).toEqual(whole());
  });

  it('takes base64 without padding (RFC 8941, section 4.2.7)', async () => {
    let certificate = selfSigned;
    while (!base64(certificate).endsWith('=')) certificate = await makeCertificate({ subject: `CN=${Math.random()}` });
    const value = bytes(certificate).replaceAll('=', '');
    expect(read(option, { 'client-cert': value })).toEqual({ clientCertificate: certificate.cert });
  });

  it('leaves the client certificate out of the chain, should the proxy repeat it', () => {
    const chain = [leaf, intermediate, root].map(bytes).join(',');
    expect(read(option, { 'client-cert': bytes(leaf), 'client-cert-chain': chain })).toEqual(whole());
  });

  it('has no certificate without the header', () => {
    expect(read(option, {})).toBeUndefined();
  });

  it.each<[string, () => Record<string, string>]>([
    ['a chain without a certificate', () => ({ 'client-cert-chain': bytes(root) })],
    ['base64 without colons', () => ({ 'client-cert': base64(leaf) })],
    ['PEM', () => ({ 'client-cert': escaped(leaf.cert) })],
    ['PEM in base64', () => ({ 'client-cert': `:${Buffer.from(leaf.cert).toString('base64')}:` })],
    ['the header twice', () => ({ 'client-cert': `${bytes(leaf)}, ${bytes(root)}` })],
    ['an empty byte sequence', () => ({ 'client-cert': '::' })],
    ['bytes that are no certificate', () => ({ 'client-cert': ':bm8gY2VydGlmaWNhdGU=:' })],
    ['a certificate cut short', () => ({ 'client-cert': `${bytes(leaf).slice(0, 401)}:` })],
    [
      'a certificate with bytes after it',
      () => ({
        'client-cert': `:${Buffer.concat([Buffer.from(base64(leaf), 'base64'), Buffer.of(1)]).toString('base64')}:`,
      }),
    ],
    ['a chain with something else in it', () => ({ 'client-cert': bytes(leaf), 'client-cert-chain': '"root"' })],
    ['a chain with a gap', () => ({ 'client-cert': bytes(leaf), 'client-cert-chain': `${bytes(root)},,` })],
    ['64 kB', () => ({ 'client-cert': `:${'A'.repeat(65_536)}:` })],
    ['64 kB of colons', () => ({ 'client-cert': ':'.repeat(65_536) })],
  ])('refuses %s', (_, headers) => {
    malformedBy(option, headers());
  });
});

describe('nginx', () => {
  const option: ClientCertificateHeader = { header: 'X-SSL-Cert', format: 'nginx' };

  it('reads $ssl_client_escaped_cert', () => {
    expect(read(option, { 'x-ssl-cert': escaped(leaf.cert) })).toEqual({ clientCertificate: leaf.cert });
  });

  it('gives lines of 64 columns, whatever came', () => {
    const oneLine = `-----BEGIN CERTIFICATE-----\r\n${base64(leaf)}\r\n-----END CERTIFICATE-----`;
    expect(read(option, { 'x-ssl-cert': escaped(oneLine) })).toEqual({ clientCertificate: leaf.cert });
  });

  it('has no certificate in an empty header', () => {
    expect(read(option, { 'x-ssl-cert': '' })).toBeUndefined();
  });

  it.each<[string, () => string]>([
    ['the header twice', () => `${escaped(leaf.cert)}, ${escaped(leaf.cert)}`],
    ['a percent sign that escapes nothing', () => `${escaped(leaf.cert)}%zz`],
    ['bytes that are not UTF-8', () => `${escaped(leaf.cert)}%ff`],
    ['base64 alone', () => base64(leaf)],
    ['(null)', () => '(null)'],
    ['a certificate without its end', () => escaped(leaf.cert.replace(/-----END.*/, ''))],
    ['text before the certificate', () => escaped(`subject=teller\n${leaf.cert}`)],
    ['text after the certificate', () => escaped(`${leaf.cert}teller`)],
    ['an end too many', () => escaped(`${leaf.cert}-----END CERTIFICATE-----`)],
    ['a private key', () => escaped(leaf.key)],
    ['something else than base64', () => escaped(leaf.cert.replace('MII', '~~~'))],
    ['base64 of something else', () => escaped(leaf.cert.replace(/MII\w*/, 'AAAA'))],
    ['64 kB', () => escaped(leaf.cert.replace('MII', 'MII'.padEnd(65_536, 'A')))],
  ])('refuses %s', (_, value) => {
    malformedBy(option, { 'x-ssl-cert': value() });
  });
});

describe('AWS Application Load Balancer', () => {
  it('reads the whole chain of the passthrough mode', () => {
    const option: ClientCertificateHeader = { header: 'X-Amzn-Mtls-Clientcert', format: 'alb' };
    const value = albEscaped(leaf.chain);
    expect(value).toContain('+');
    expect(read(option, { 'x-amzn-mtls-clientcert': value })).toEqual(whole());
  });

  it('reads the certificate of the verify mode', () => {
    const option: ClientCertificateHeader = { header: 'X-Amzn-Mtls-Clientcert-Leaf', format: 'alb' };
    expect(read(option, { 'x-amzn-mtls-clientcert-leaf': albEscaped(leaf.cert) })).toEqual({
      clientCertificate: leaf.cert,
    });
  });

  it('ignores the header of the other mode', () => {
    const option: ClientCertificateHeader = { header: 'X-Amzn-Mtls-Clientcert-Leaf', format: 'alb' };
    expect(read(option, { 'x-amzn-mtls-clientcert': albEscaped(leaf.cert) })).toBeUndefined();
  });
});

describe('Envoy', () => {
  const last: ClientCertificateHeader = { header: 'X-Forwarded-Client-Cert', format: 'envoy' };
  const first: ClientCertificateHeader = { ...last, element: 'first' };
  const xfcc = (value: string) => ({ 'x-forwarded-client-cert': value });
  const element = ({ cert, chain, thumbprint }: TestCertificate) =>
    `Hash=${Buffer.from(thumbprint, 'base64url').toString('hex')};Cert="${escaped(cert)}";Chain="${escaped(chain)}"`;

  it('reads Cert', () => {
    expect(read(last, xfcc(`Cert="${escaped(leaf.cert)}"`))).toEqual({ clientCertificate: leaf.cert });
  });

  it('reads Chain, which starts with the client certificate', () => {
    expect(read(last, xfcc(`Chain="${escaped(leaf.chain)}"`))).toEqual(whole());
  });

  it('reads Cert and Chain together', () => {
    expect(read(last, xfcc(element(leaf)))).toEqual(whole());
  });

  it('reads values without quotes, keys of any case, and spaces after commas', () => {
    const value = `By=spiffe://a, cert=${escaped(leaf.cert)};CHAIN=${escaped(leaf.chain)} `;
    expect(read({ ...last, proxies: 2 }, xfcc(value))).toEqual(whole());
  });

  it('takes the last element of two proxies when not told otherwise, the first when told so', () => {
    const value = `By=spiffe://edge;${element(selfSigned)},By=spiffe://inner;${element(leaf)}`;
    const two = { ...last, proxies: 2 };
    expect(read(two, xfcc(value))).toEqual(whole());
    expect(read({ ...two, element: 'last' }, xfcc(value))).toEqual(whole());
    expect(read({ ...two, element: 'first' }, xfcc(value))).toEqual({ clientCertificate: selfSigned.cert });
  });

  it.each([1, 3])('refuses two elements where %d proxies add one', (proxies) => {
    malformedBy({ ...last, proxies }, xfcc(`${element(selfSigned)},${element(leaf)}`));
    malformedBy({ ...first, proxies }, xfcc(`${element(selfSigned)},${element(leaf)}`));
  });

  it.each([
    ['a URI', 'URI=https://a/'],
    ['a DNS name', 'DNS=a.example'],
    ['a SAN of old versions', 'SAN=https://a/'],
  ])('does not take a certificate out of %s that nobody has checked', (_, name) => {
    const victim = `Cert="${escaped(leaf.cert)}"`;
    for (const option of [last, first]) {
      malformedBy(option, xfcc(`${element(selfSigned)};${name},${victim}`));
      malformedBy(option, xfcc(`Chain="${escaped(selfSigned.cert)}";${name};${victim}`));
      malformedBy(option, xfcc(`${name};${victim}`));
    }
  });

  it('takes linear time, whatever a client sends', () => {
    const times = [16_000, 32_000].map((length) => {
      const value = `By=x${' '.repeat(length)}"`;
      const begun = performance.now();
      for (let i = 0; i < 10; i++) malformedBy(last, xfcc(value));
      return performance.now() - begun;
    });
    // It was 200 ms for one of them.
    expect(Math.max(...times)).toBeLessThan(200);
  });

  it('is not misled by separators and quotes in a quoted value', () => {
    const subject = `Subject="CN=a\\",By=x;Cert=\\"${escaped(selfSigned.cert)}\\",O=b\\\\"`;
    const value = `${element(leaf)};${subject};URI=https://teller.example/?a=b;DNS=a.example;DNS=b.example`;
    expect(read(last, xfcc(value))).toEqual(whole());
    expect(read(first, xfcc(value))).toEqual(whole());
  });

  it('has no certificate without the header', () => {
    expect(read(last, {})).toBeUndefined();
  });

  it.each<[string, () => string]>([
    ['an element without Cert and Chain', () => 'By=spiffe://a;Hash=00'],
    ['an empty Cert', () => 'Cert=""'],
    ['the element beside the one with the certificate', () => `${element(leaf)},By=spiffe://inner`],
    ['a second Cert in the element', () => `${element(leaf)};URI=x;Cert="${escaped(selfSigned.cert)}"`],
    ['a Cert after the subject', () => `Hash=00;Subject="CN=a";Cert="${escaped(leaf.cert)}"`],
    ['a quote that is not closed', () => `Cert="${escaped(leaf.cert)}`],
    ['a quote inside a value', () => `Cert=a"${escaped(leaf.cert)}"`],
    ['text after the quote', () => `Cert="${escaped(leaf.cert)}"x`],
    ['a key without a value', () => `Cert;${element(leaf)}`],
    ['an empty element', () => `,${element(leaf)}`],
    ['nothing after a semicolon', () => `${element(leaf)};`],
    ['PEM that is not', () => 'Cert="teller"'],
    ['64 kB of quotes', () => `Cert=${'"'.repeat(65_536)}`],
    ['30 kB of backslashes', () => `Subject="${'\\'.repeat(30_000)}`],
    ['30 kB of separators', () => 'a=;'.repeat(10_000)],
  ])('refuses %s', (_, value) => {
    malformedBy(last, xfcc(value()));
  });
});

describe('a chain', () => {
  const option: ClientCertificateHeader = { header: 'X-Amzn-Mtls-Clientcert', format: 'alb' };
  const chainOf = (length: number) =>
    albEscaped([selfSigned.cert, ...Array<string>(length - 1).fill(root.cert)].join(''));

  it(`of ${maxChain} certificates is read`, () => {
    const certificate = read(option, { 'x-amzn-mtls-clientcert': chainOf(maxChain) });
    expect(certificate?.clientCertificatePath).toHaveLength(maxChain - 1);
  });

  it.each([maxChain + 1, 20])('of %i certificates is refused', (length) => {
    malformedBy(option, { 'x-amzn-mtls-clientcert': chainOf(length) });
  });
});

describe('many clients', () => {
  it('each get their own certificate, however often and in whatever order they come', async () => {
    const read = certificateReader({ header: 'client-cert', format: 'rfc9440' });
    const { keys } = selfSigned;
    const clients = await Promise.all(
      Array.from({ length: 150 }, (_, i) => makeCertificate({ subject: `CN=client ${i}`, key: keys })),
    );
    for (const client of [...clients, ...clients.reverse(), leaf]) {
      const request = { headers: { 'client-cert': bytes(client) } } as unknown as IncomingMessage;
      expect(read(request)).toEqual({ clientCertificate: client.cert });
      expect(read(request)).toEqual({ clientCertificate: client.cert });
    }
  });
});
