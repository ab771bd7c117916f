import type { IncomingMessage } from 'node:http';
import { parse as parseBasic } from 'basic-auth';
import type { ClientCredentials } from '../authlete/common-types.js';
import { type Answer, errorAnswer } from './answer.js';
import type { ClientCertificate } from './certificate/client-certificate.js';
import { MalformedCertificateError } from './certificate/error.js';

/**
 * Step 2 of both endpoints: what the client authenticates with, as far as it is not in the form.
 *
 * @param readCertificate made by `clientCertificateReader`
 * @returns the credentials, or the answer that refuses a malformed certificate
 */
export function clientCredentials(
  req: IncomingMessage,
  readCertificate: (req: IncomingMessage) => ClientCertificate | undefined,
): ClientCredentials | Answer {
  let credentials: ClientCredentials;
  try {
    credentials = { ...readCertificate(req) };
  } catch (error) {
    if (!(error instanceof MalformedCertificateError)) throw error;
    return errorAnswer(400, 'invalid_request', error.message);
  }
  const { authorization, 'oauth-client-attestation': attestation, 'oauth-client-attestation-pop': pop } = req.headers;
  const basic = authorization === undefined ? undefined : parseBasic(authorization);
  if (basic) {
    credentials.clientId = formDecode(basic.name);
    credentials.clientSecret = formDecode(basic.pass);
  }
  if (typeof attestation === 'string') credentials.oauthClientAttestation = attestation;
  if (typeof pop === 'string') credentials.oauthClientAttestationPop = pop;
  return credentials;
}

/** RFC 6749, section 2.3.1; clients that skip that step send what may not decode, and mean it as it stands. */
function formDecode(half: string): string {
  if (!half.includes('%') && !half.includes('+')) return half;
  try {
    return decodeURIComponent(half.replaceAll('+', ' '));
  } catch {
    return half;
  }
}
