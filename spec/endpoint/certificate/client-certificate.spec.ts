import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type {
  ClientCertificate,
  ClientCertificateOption,
} from '../../../lib/endpoint/certificate/client-certificate.js';
import { makeCertificate, type TestCertificate } from '../../support/certificates.js';
import { certificateReader } from './certificate-reader.js';

let certificate: TestCertificate;
beforeAll(async () => {
  certificate = await makeCertificate({ key: 'RSA' });
});

const requestWith = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;

describe('clientCertificate', () => {
  it.each([false, undefined] as const)('%s looks at nothing', (option) => {
    expect(certificateReader(option)({} as IncomingMessage)).toBeUndefined();
  });

  it('believes no header but the one that is configured', () => {
    const value = encodeURIComponent(certificate.cert);
    const read = certificateReader({ header: 'X-SSL-Cert', format: 'nginx' });
    const others = { 'client-cert': value, 'x-forwarded-client-cert': value, 'x-amzn-mtls-clientcert': value };
    expect(read(requestWith(others))).toBeUndefined();
    expect(read(requestWith({ ...others, 'x-ssl-cert': value }))).toEqual({ clientCertificate: certificate.cert });
  });

  it('asks a function', () => {
    const given: ClientCertificate = { clientCertificate: certificate.cert, clientCertificatePath: [certificate.cert] };
    const option = jest.fn((_: IncomingMessage): ClientCertificate | undefined => given);
    const req = requestWith({});
    expect(certificateReader(option)(req)).toBe(given);
    expect(option).toHaveBeenCalledWith(req);
    option.mockReturnValue(undefined);
    expect(certificateReader(option)(req)).toBeUndefined();
    option.mockReturnValue(null as never);
    expect(certificateReader(option)(req)).toBeUndefined();
  });

  it.each([
    ['a promise', async () => ({ clientCertificate: 'x' })],
    ['PEM alone', () => certificate.cert],
    ['something else', () => ({ cert: certificate.cert })],
  ])('tells the host when its function gives %s', (_, option) => {
    const read = certificateReader(option as unknown as ClientCertificateOption);
    expect(() => read(requestWith({}))).toThrow(/clientCertificate must return/);
  });

  it.each([
    [true],
    ['TLS'],
    [null],
    [42],
    [{}],
    [{ header: 'client-cert' }],
    [{ format: 'rfc9440' }],
    [{ header: '', format: 'rfc9440' }],
    [{ header: 'client cert', format: 'rfc9440' }],
    [{ header: 'client-cert:', format: 'rfc9440' }],
    [{ header: ['client-cert'], format: 'rfc9440' }],
    [{ header: 'client-cert', format: 'RFC9440' }],
    [{ header: 'client-cert', format: 'haproxy' }],
    [{ header: 'x-forwarded-client-cert', format: 'envoy', element: 'middle' }],
    [{ header: 'x-forwarded-client-cert', format: 'envoy', element: 1 }],
    [{ header: 'client-cert', format: 'rfc9440', element: 'last' }],
    [{ header: 'client-cert', format: 'rfc9440', proxies: 1 }],
    [{ header: 'x-forwarded-client-cert', format: 'envoy', proxies: 0 }],
    [{ header: 'x-forwarded-client-cert', format: 'envoy', proxies: 1.5 }],
    [{ header: 'x-forwarded-client-cert', format: 'envoy', proxies: '2' }],
  ])('%j is a TypeError that names the option', (option) => {
    let error: unknown;
    try {
      certificateReader(option as ClientCertificateOption);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: 'TypeError', message: expect.stringContaining('clientCertificate') });
  });
});

describe('over HTTP', () => {
  /** What the reader makes of the headers, sent in this order. */
  async function readOverHttp(option: ClientCertificateOption, headers: string[]) {
    const read = certificateReader(option);
    const server = createServer({ maxHeaderSize: 131_072 }, (req, res) => {
      try {
        res.end(JSON.stringify(read(req) ?? 'none'));
      } catch (error) {
        res.end(JSON.stringify((error as { code?: string }).code));
      }
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const req = request({ host: 'localhost', port, agent: false, headers: ['Host', 'localhost', ...headers] }).end();
      const [res] = (await once(req, 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of res.setEncoding('utf8')) text += chunk;
      return JSON.parse(text);
    } finally {
      server.close();
    }
  }

  const nginx: ClientCertificateOption = { header: 'X-SSL-Cert', format: 'nginx' };
  const rfc9440: ClientCertificateOption = { header: 'Client-Cert', format: 'rfc9440' };
  const bytes = ({ cert }: TestCertificate) => `:${cert.replace(/-----.*-----|\n/g, '')}:`;

  it('reads the header', async () => {
    expect(await readOverHttp(nginx, ['X-SSL-Cert', encodeURIComponent(certificate.cert)])).toEqual({
      clientCertificate: certificate.cert,
    });
  });

  it('reads a chain that comes in several headers (RFC 9440, section 2.3)', async () => {
    const [one, two] = [await makeCertificate(), await makeCertificate()];
    const chain = ['Client-Cert-Chain', bytes(one), 'Client-Cert-Chain', bytes(two)];
    expect(await readOverHttp(rfc9440, ['Client-Cert', bytes(certificate), ...chain])).toEqual({
      clientCertificate: certificate.cert,
      clientCertificatePath: [one.cert, two.cert],
    });
  });

  it('refuses a certificate that a client added to that of the proxy', async () => {
    const other = await makeCertificate();
    const twice = ['Client-Cert', bytes(other), 'Client-Cert', bytes(certificate)];
    expect(await readOverHttp(rfc9440, twice)).toBe('ERR_CERTIFICATE_MALFORMED');
  });

  it('refuses 64 kB', async () => {
    expect(await readOverHttp(rfc9440, ['Client-Cert', `:${'A'.repeat(65_534)}:`])).toBe('ERR_CERTIFICATE_MALFORMED');
  });
});
