import { parse as parseBasic } from 'basic-auth';
import type { ClientCredentials } from '../authlete/types/common-types.js';
import { errorAnswer } from './answer.js';
import type { ClientCertificateReader } from './certificate/client-certificate.js';
import { MalformedCertificateError } from './certificate/error.js';
import { HostError } from './failure.js';
import { Refusal } from './refusal.js';
import type { EndpointRequest } from './request.js';

/**
 * Step 2 of every endpoint: the client's credentials outside the form.
 *
 * @param readCertificate made by `clientCertificateReader`
 * @returns the credentials, or the refusal of a malformed certificate
 */
export function clientCredentials<R>(
  request: EndpointRequest<R>,
  readCertificate: ClientCertificateReader<R>,
): ClientCredentials | Refusal {
  let credentials: ClientCredentials;
  try {
    credentials = { ...readCertificate(request) };
  } catch (error) {
    if (!(error instanceof MalformedCertificateError))
      throw new HostError('clientCertificate failed', { cause: error });
    return new Refusal(errorAnswer(400, 'invalid_request', error.message));
  }
  const {
    authorization,
    'oauth-client-attestation': attestation,
    'oauth-client-attestation-pop': pop,
  } = request.headers;
  const basic = typeof authorization === 'string' ? parseBasic(authorization) : undefined;
  if (basic) {
    credentials.clientId = formDecode(basic.name);
    credentials.clientSecret = formDecode(basic.pass);
  }
  if (typeof attestation === 'string') credentials.oauthClientAttestation = attestation;
  if (typeof pop === 'string') credentials.oauthClientAttestationPop = pop;
  return credentials;
}

/** RFC 6749, section 2.3.1. Clients that skip the encoding send text that may not decode, and is then used as it is. */
function formDecode(half: string): string {
  if (!half.includes('%') && !half.includes('+')) return half;
  try {
    return decodeURIComponent(half.replaceAll('+', ' '));
  } catch {
    return half;
  }
}
