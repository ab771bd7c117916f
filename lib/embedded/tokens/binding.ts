import { timingSafeEqual } from 'node:crypto';
import type { ClientCredentials } from '../../authlete/types/common-types.js';
import type { TokenRequest } from '../../authlete/types/token.js';
import { presentedCertificate, thumbprint } from '../authentication/presented-certificate.js';
import type { Client } from '../client/client.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import type { Binding } from '../state/tokens.js';
import { provenKey } from './dpop-call.js';

/**
 * Finds what the access token of a token request is bound to: the client's certificate, if the client registered bound
 * tokens, and the key of a DPoP proof, if there is one (RFC 8705, section 3; RFC 9449, section 5).
 *
 * @throws ProtocolError `invalid_request` if the certificate is missing, `invalid_dpop_proof` if the proof is missing or wrong
 */
export async function bindingOf(engine: Engine, client: Client, request: TokenRequest): Promise<Binding> {
  const certificateThumbprint = client.boundTokens ? presentedThumbprint(request) : undefined;
  const jkt = await provenKey(engine, request, { htm: 'POST', htu: engine.settings.endpoints.token_endpoint });
  if (client.dpopBound && jkt === undefined) {
    const message = 'the DPoP proof is missing: the access tokens of this client are bound to its key';
    throw new ProtocolError('E070306', 'invalid_dpop_proof', message);
  }
  // FAPI 2.0 Security Profile, section 5.3.2.1: at least one of the two.
  const isBound = certificateThumbprint !== undefined || jkt !== undefined;
  if (engine.settings.fapi !== '2.0' || isBound) return { certificateThumbprint, jkt };
  return { certificateThumbprint: presentedThumbprint(request) };
}

function presentedThumbprint(request: ClientCredentials): string {
  const certificate = presentedCertificate(request, refuse);
  if (certificate === undefined)
    throw refuse('is missing: the access tokens of this client are bound to it, or to the key of a DPoP proof');
  return thumbprint(certificate);
}

/** `cnf` of a token (RFC 7800, section 3.1); `undefined` for a bearer token. */
export function confirmationOf({ certificateThumbprint, jkt }: Binding): object | undefined {
  if (certificateThumbprint === undefined && jkt === undefined) return undefined;
  return { 'x5t#S256': certificateThumbprint, jkt };
}

/** `token_type` (RFC 9449, section 5). */
export function tokenType({ jkt }: Binding): string {
  return jkt === undefined ? 'Bearer' : 'DPoP';
}

/** Whether the certificate, in PEM, is the one with the thumbprint. */
export function isBoundTo(call: Pick<ClientCredentials, 'clientCertificate'>, bound: string): boolean {
  try {
    const certificate = presentedCertificate(call, refuse);
    if (certificate === undefined) return false;
    return timingSafeEqual(Buffer.from(thumbprint(certificate)), Buffer.from(bound));
  } catch {
    return false;
  }
}

function refuse(description: string): ProtocolError {
  return new ProtocolError('E070305', 'invalid_request', `the client certificate ${description}`);
}
