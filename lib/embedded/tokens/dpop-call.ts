import type { TokenRequest } from '../../authlete/types/token.js';
import { readString, wrongParameter } from '../request/call-parameters.js';
import type { Engine } from '../state/engine.js';
import { verifyProof } from './dpop-proof.js';

/** The members of a call that are about DPoP (RFC 9449). */
export type DpopCall = { readonly [Name in 'dpop' | 'htm' | 'htu' | 'dpopNonceRequired']?: TokenRequest[Name] | null };

/**
 * Verifies the DPoP proof of a call.
 *
 * @param request values that apply if the call has no `htm` or `htu`
 * @returns the thumbprint of the client's key; `undefined` when there is no proof
 * @throws ProtocolError
 */
export async function provenKey(
  engine: Engine,
  call: DpopCall,
  request: { readonly htm?: string; readonly htu?: string | undefined; readonly accessToken?: string },
): Promise<string | undefined> {
  const proof = readString(call, 'dpop');
  if (proof === undefined) return undefined;
  const htm = readString(call, 'htm') ?? request.htm;
  const htu = readString(call, 'htu') ?? request.htu;
  if (htm === undefined || htu === undefined) throw wrongParameter(htm === undefined ? 'htm' : 'htu');
  const { accessToken } = request;
  return verifyProof(engine, { proof, htm, htu, accessToken, nonceRequired: needsNonce(engine, call) });
}

/** The nonce for the client's next proof, as a member of the response, if proofs must have one. */
export function nextNonce(engine: Engine, call: DpopCall): { dpopNonce?: string } {
  return needsNonce(engine, call) ? { dpopNonce: engine.dpopNonces.current() } : {};
}

function needsNonce({ settings }: Engine, { dpopNonceRequired }: DpopCall): boolean {
  return settings.dpopNonce || dpopNonceRequired === true;
}
