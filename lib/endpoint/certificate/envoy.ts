import { MalformedCertificateError } from './error.js';
import { parseEscapedPem } from './pem.js';

/** Which part of the header to trust. */
export interface EnvoyElements {
  /** The required number of elements, one for each proxy that adds one. */
  proxies: number;
  element: 'first' | 'last';
}

/**
 * Reads Envoy's `X-Forwarded-Client-Cert`: elements separated by commas, each with pairs separated by semicolons.
 * `Cert` is the leaf, `Chain` the leaf and what came with it.
 *
 * Envoy copies the URIs and DNS names of the client's certificate, which perhaps nobody has checked. They
 * must not be able to add an element (hence the exact number), a pair (hence no certificate after them), or a second
 * certificate.
 *
 * @returns the certificates, DER, the leaf first
 */
export function parseForwardedClientCert(value: string, { proxies, element: which }: EnvoyElements): Buffer[] {
  const elements = parseElements(value);
  if (elements.length !== proxies) {
    throw new MalformedCertificateError(`the forwarded client certificate does not have ${proxies} elements`);
  }
  const element = which === 'first' ? elements[0] : elements.at(-1);
  const certificate = element?.get('cert');
  const chain = element?.get('chain');
  if (!certificate && !chain) {
    throw new MalformedCertificateError('the forwarded client certificate has neither Cert nor Chain');
  }
  return [certificate, chain].flatMap((pem) => (pem ? parseEscapedPem(pem) : []));
}

// Each is matched separately: one combined expression would try every way to divide spaces among its parts.
const keyAndEquals = /[ \t]*([A-Za-z]+)=/y;
const quotedValue = /"((?:[^"\\]|\\.)*)"/y;
const bareValue = /[^",;]*/y;
const separator = /[ \t]*([,;]|$)/y;

/** Keys whose values the client chooses. Envoy writes them after the certificates; `URI` and `DNS` without quotes. */
const chosenByClient: ReadonlySet<string> = new Set(['subject', 'uri', 'dns', 'san']);

function parseElements(value: string): Map<string, string>[] {
  const elements: Map<string, string>[] = [];
  let position = 0;
  const next = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = position;
    const match = expression.exec(value);
    if (match) position = expression.lastIndex;
    return match;
  };
  for (let end: string | undefined = ','; end !== ''; ) {
    if (end === ',') elements.push(new Map());
    const element = elements.at(-1) as Map<string, string>;
    const key = next(keyAndEquals)?.[1]?.toLowerCase();
    if (key === undefined) throw malformed();
    const isCertificate = key === 'cert' || key === 'chain';
    if (isCertificate && (element.has(key) || [...chosenByClient].some((other) => element.has(other))))
      throw malformed();
    const quoted = next(quotedValue)?.[1];
    element.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? next(bareValue)?.[0].trimEnd() ?? '');
    end = next(separator)?.[1];
    if (end === undefined) throw malformed();
  }
  return elements;
}

function malformed(): MalformedCertificateError {
  return new MalformedCertificateError('the forwarded client certificate is not what Envoy writes');
}
