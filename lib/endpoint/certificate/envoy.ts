import { MalformedCertificateError } from './error.js';
import { parseEscapedPem } from './pem.js';

/** A key and its value, quoted or not, and what separates it from the next pair (`;`) or element (`,`). */
const pair = /[ \t]*([A-Za-z]+)=(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^",;]*))[ \t]*([,;]|$)/y;

/**
 * Reads Envoy's `X-Forwarded-Client-Cert`: elements, one for each proxy that the request went through, with a comma
 * between; in each of them pairs with a semicolon between. `Cert` is the leaf, `Chain` the leaf and what came with it.
 *
 * @param which the element to believe, see the documentation of the option
 * @returns the certificates, DER, the leaf first
 */
export function parseForwardedClientCert(value: string, which: 'first' | 'last'): Buffer[] {
  const elements = parseElements(value);
  const element = which === 'first' ? elements[0] : elements.at(-1);
  const certificate = element?.get('cert');
  const chain = element?.get('chain');
  if (!certificate && !chain) {
    throw new MalformedCertificateError('the forwarded client certificate has neither Cert nor Chain');
  }
  return [certificate, chain].flatMap((pem) => (pem ? parseEscapedPem(pem) : []));
}

function parseElements(value: string): Map<string, string>[] {
  let element = new Map<string, string>();
  const elements = [element];
  pair.lastIndex = 0;
  for (;;) {
    const [, key, quoted, bare, separator] = pair.exec(value) ?? [];
    if (key === undefined) throw malformed();
    const name = key.toLowerCase();
    // Envoy writes the URIs and names of the certificate as they are: they must not add a second certificate.
    if ((name === 'cert' || name === 'chain') && element.has(name)) throw malformed();
    element.set(name, quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '');
    if (separator === '') return elements;
    if (separator === ',') {
      element = new Map();
      elements.push(element);
    }
  }
}

function malformed(): MalformedCertificateError {
  return new MalformedCertificateError('the forwarded client certificate is not what Envoy writes');
}
