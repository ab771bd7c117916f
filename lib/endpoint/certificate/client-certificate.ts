import type { IncomingMessage } from 'node:http';
import { requireKnownOptions } from '../../options/known-options.js';
import type { EndpointRequest } from '../request.js';
import type { ClientCertificate } from './chain.js';
import { type ClientCertificateHeader, certificateFromHeader } from './header.js';

export type { ClientCertificate, ClientCertificateHeader };

/**
 * Where the certificate of a client comes from (RFC 8705).
 *
 * - `false`, the default: there is none; certificates of connections and in headers are ignored
 * - `'tls'`: from the connection, if this process terminates TLS itself. The server must ask for it (`requestCert`). With
 *   `fetch`, from `certificate` in its second argument
 * - a header, if a proxy terminates TLS. **The proxy must remove the header from what clients send**
 * - a function of the request
 *
 * @example
 * ```ts
 * cibaBackchannel({ clientCertificate: { header: 'client-cert', format: 'rfc9440' }, ... });
 * ```
 */
export type ClientCertificateOption<R = IncomingMessage> =
  | false
  | 'tls'
  | ClientCertificateHeader
  | ((req: R) => ClientCertificate | undefined);

/** Finds the certificate of a request. */
export type ClientCertificateReader<R> = (
  request: Pick<EndpointRequest<R>, 'host' | 'headers' | 'tlsCertificate'>,
) => ClientCertificate | undefined;

const headerOptions = { header: true, format: true, element: true, proxies: true } as const;
const formats: readonly unknown[] = ['rfc9440', 'nginx', 'envoy', 'alb'] satisfies ClientCertificateHeader['format'][];

/**
 * Creates the function that reads the certificate of a request. That function throws a `MalformedCertificateError` if
 * something else is in the certificate's place.
 *
 * @throws TypeError when the option is none of {@link ClientCertificateOption}
 */
export function clientCertificateReader<R>(option: ClientCertificateOption<R> | undefined): ClientCertificateReader<R> {
  if (option === undefined || option === false) return () => undefined;
  if (option === 'tls') return (request) => request.tlsCertificate;
  if (typeof option === 'function') return (request) => fromHost(option(request.host));
  assertHeader(option);
  const read = certificateFromHeader(option);
  return (request) => read(request.headers);
}

function assertHeader(option: unknown): asserts option is ClientCertificateHeader {
  if (typeof option !== 'object' || option === null) {
    throw new TypeError("clientCertificate must be false, 'tls', { header, format } or a function");
  }
  requireKnownOptions(option, headerOptions, 'clientCertificate');
  const { header, format, element, proxies } = option as Record<string, unknown>;
  if (typeof header !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(header)) {
    throw new TypeError('clientCertificate.header must be the name of a header');
  }
  if (!formats.includes(format)) throw new TypeError(`clientCertificate.format must be one of ${formats.join(', ')}`);
  if (element !== undefined && (format !== 'envoy' || (element !== 'first' && element !== 'last'))) {
    throw new TypeError("clientCertificate.element must be 'first' or 'last', and is for format envoy only");
  }
  if (proxies !== undefined && (format !== 'envoy' || !Number.isSafeInteger(proxies) || (proxies as number) < 1)) {
    throw new TypeError('clientCertificate.proxies must be a whole number above 0, and is for format envoy only');
  }
}

function fromHost(certificate: ClientCertificate | null | undefined): ClientCertificate | undefined {
  if (certificate === undefined || certificate === null) return undefined;
  if (typeof certificate.clientCertificate !== 'string') {
    throw new TypeError('the function clientCertificate must return { clientCertificate } or undefined');
  }
  return certificate;
}
