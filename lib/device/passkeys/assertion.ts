import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { AssertionJson } from '../settings/webauthn-json.js';

/** What an assertion must match. */
export interface Expected {
  /** base64url */
  challenge: string;
  origin: string;
  rpId: string;
  /** COSE_Key, base64url. */
  publicKey: string;
  /** The signature counter that is stored. */
  counter: number;
}

/** What a good assertion says about its authenticator. */
export interface Asserted {
  counter: number;
  /** Not eligible for backup (WebAuthn Level 3, section 6.1.3). */
  deviceBound: boolean;
}

/** The members of an assertion that are checked, or `undefined` if the value is not an assertion. */
export function assertionOf(value: unknown): AssertionJson | undefined {
  const { id, rawId, type, response } = (value ?? {}) as Partial<Record<keyof AssertionJson, unknown>>;
  const { clientDataJSON, authenticatorData, signature, userHandle } = (response ?? {}) as Record<string, unknown>;
  const strings = [id, clientDataJSON, authenticatorData, signature, userHandle ?? ''];
  if (!strings.every((text) => typeof text === 'string') || id !== rawId || type !== 'public-key') return undefined;
  return {
    id: id as string,
    rawId: id as string,
    type,
    response: {
      clientDataJSON: clientDataJSON as string,
      authenticatorData: authenticatorData as string,
      signature: signature as string,
      ...(typeof userHandle === 'string' && { userHandle }),
    },
  };
}

/**
 * Verifies an assertion with user verification (WebAuthn Level 3, section 7.2).
 *
 * @throws Error that says what does not fit
 */
export async function verifyPasskeyAssertion(assertion: AssertionJson, expected: Expected): Promise<Asserted> {
  const { challenge, origin, rpId, publicKey, counter } = expected;
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: { ...assertion, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    expectedType: 'webauthn.get',
    requireUserVerification: true,
    credential: { id: assertion.id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter },
  });
  if (!verified) throw new Error('the signature is wrong');
  requireOwnPage(assertion.response.clientDataJSON);
  const { newCounter, credentialDeviceType } = authenticationInfo;
  return { counter: newCounter, deviceBound: credentialDeviceType === 'singleDevice' };
}

/** Refuses a page inside a frame of another origin, which could show the user more than our page does. */
export function requireOwnPage(clientDataJSON: string): void {
  const { crossOrigin, topOrigin } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString());
  if (crossOrigin === true || topOrigin !== undefined) throw new Error('the page was in a frame of another origin');
}
