import type { Headers } from '../request.js';
import { assertCertificates, type ClientCertificate, clientCertificate } from './chain.js';
import { parseForwardedClientCert } from './envoy.js';
import { MalformedCertificateError } from './error.js';
import { parseEscapedPem } from './pem.js';
import { parseStructuredFields } from './rfc9440.js';

/** The header in which a TLS-terminating proxy passes the client certificate on. */
export type ClientCertificateHeader =
  | {
      /** The name of the header; a request without it has no certificate. */
      header: string;
      /**
       * - `rfc9440`: `Client-Cert`, with the rest of the chain in the header of that name with `-Chain` at its end
       * - `nginx`: `$ssl_client_escaped_cert`, URL-encoded PEM
       * - `alb`: the AWS Application Load Balancer's `X-Amzn-Mtls-Clientcert` (passthrough mode, the whole chain) or
       *   `X-Amzn-Mtls-Clientcert-Leaf` (verify mode)
       */
      format: 'rfc9440' | 'nginx' | 'alb';
    }
  | {
      /** `X-Forwarded-Client-Cert`. */
      header: string;
      /** Envoy's format, which has one element for each proxy that adds one. */
      format: 'envoy';
      /**
       * How many proxies add an element; default 1. A header with another number of elements is refused, since a
       * certificate can be made such that its names look like one more element.
       */
      proxies?: number | undefined;
      /**
       * The element to trust: `last` (default), written by the proxy that is connected to this server, or `first`,
       * written by the outermost proxy, which must remove what clients send.
       */
      element?: 'first' | 'last' | undefined;
    };

/** Maximum number of characters; ten URL-encoded certificates with RSA keys of 4096 bits fit. */
const maxHeader = 32_768;

/** Maximum number of headers that are remembered: a client sends the same one each time, and parsing it takes long. */
const rememberedHeaders = 100;

/** The reader of a header; the option was checked before. */
export function certificateFromHeader(
  option: ClientCertificateHeader,
): (headers: Headers) => ClientCertificate | undefined {
  const header = option.header.toLowerCase();
  const chainHeader = option.format === 'rfc9440' ? `${header}-chain` : undefined;
  const parse = parserOf(option);
  const remembered = new Map<string, ClientCertificate>();

  return (headers) => {
    const value = headerOf(headers, header);
    const chain = chainHeader && headerOf(headers, chainHeader);
    if (value === undefined) {
      if (chain === undefined) return undefined;
      throw new MalformedCertificateError('there is a client certificate chain without a client certificate');
    }
    const key = chain === undefined ? value : `${value}\n${chain}`;
    if (key.length > maxHeader) {
      throw new MalformedCertificateError(`the client certificate is longer than ${maxHeader} characters`);
    }
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const certificate = clientCertificate(parse(value, chain));
    assertCertificates(certificate);
    if (remembered.size >= rememberedHeaders) remembered.clear();
    remembered.set(key, certificate);
    return certificate;
  };
}

function parserOf(option: ClientCertificateHeader): (value: string, chain: string | undefined) => Buffer[] {
  switch (option.format) {
    case 'rfc9440':
      return parseStructuredFields;
    case 'nginx':
    case 'alb':
      return parseEscapedPem;
    case 'envoy': {
      const { proxies = 1, element = 'last' } = option;
      return (value) => parseForwardedClientCert(value, { proxies, element });
    }
  }
}

/** The header's value; a proxy without a certificate may send an empty one. */
function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
