import { randomBytes } from 'node:crypto';
import { type RegistrationResponseJSON, verifyRegistrationResponse } from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { plainHash } from '../../seal/keyed-hash.js';
import { CallError } from '../settings/errors.js';
import type { AssertionJson, CreationOptionsJson, RequestOptionsJson } from '../settings/webauthn-json.js';
import type { Passkey } from '../store/contents.js';
import type { Entry, Rows } from '../store/rows.js';
import { assertionOf, requireOwnPage, verifyPasskeyAssertion } from './assertion.js';

/** The relying party (WebAuthn Level 3, section 5.4.2). */
export interface RelyingParty {
  origin: string;
  id: string;
  name: string;
}

/** The users' passkeys. */
export interface Passkeys {
  list(subject: string): Promise<Entry<'passkey'>[]>;
  /** For `navigator.credentials.get()`. An empty list allows any passkey that the browser finds. */
  requestOptions(passkeys: readonly Entry<'passkey'>[]): Omit<RequestOptionsJson, 'challenge'>;
  /** For `navigator.credentials.create()`. */
  creationOptions(
    user: { name: string },
    passkeys: readonly Entry<'passkey'>[],
  ): Omit<CreationOptionsJson, 'challenge'>;
  /**
   * Verifies an assertion, and stores its counter.
   *
   * @param subject the user who must own the passkey; anybody by default
   * @throws CallError `passkey_refused`
   */
  assert(
    value: unknown,
    challenge: string,
    subject?: string,
  ): Promise<{ passkey: Entry<'passkey'>; assertion: AssertionJson }>;
  /** Verifies a new credential. @throws CallError `passkey_refused` */
  attest(
    value: unknown,
    challenge: string,
  ): Promise<Omit<Passkey, 'name' | 'user' | 'userHandle' | 'createdAt' | 'lastUsedAt'>>;
}

/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812). */
const algorithms = [-8, -7, -257];
/** Milliseconds that the browser's prompt stays. */
const timeout = 300_000;
const userVerification = 'required';

/** The id of a passkey's row. */
export function passkeyId(credentialId: string): string {
  return plainHash(Buffer.from(credentialId, 'base64url'));
}

export function passkeys({ origin, id: rpId, name }: RelyingParty, rows: Rows): Passkeys {
  async function check(
    passkey: Entry<'passkey'> | undefined,
    assertion: AssertionJson,
    challenge: string,
    subject?: string,
  ) {
    if (passkey === undefined || passkey.contents.isPending) throw new Error('the passkey is unknown');
    const { publicKey, counter, deviceBound, userHandle } = passkey.contents;
    if (subject !== undefined && passkey.subject !== subject) throw new Error('it is the passkey of another user');
    if (assertion.response.userHandle && assertion.response.userHandle !== userHandle) {
      throw new Error('the passkey names another user');
    }
    const asserted = await verifyPasskeyAssertion(assertion, { challenge, origin, rpId, publicKey, counter });
    // WebAuthn Level 3, section 7.2, step 21: its eligibility for backup never changes.
    if (asserted.deviceBound !== deviceBound) throw new Error('its eligibility for backup has changed');
    const contents = { ...passkey.contents, counter: asserted.counter, lastUsedAt: Date.now() };
    return { passkey, contents };
  }

  return {
    list: async (subject) => (await rows.list('passkey', subject)).filter(({ contents }) => !contents.isPending),
    requestOptions: (known) => ({ rpId, timeout, userVerification, allowCredentials: descriptors(known) }),
    creationOptions: (user, known) => ({
      rp: { id: rpId, name },
      user: {
        id: known[0]?.contents.userHandle ?? randomBytes(32).toString('base64url'),
        name: user.name,
        displayName: user.name,
      },
      pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
      timeout,
      excludeCredentials: descriptors(known),
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification },
      attestation: 'none',
    }),
    async assert(value, challenge, subject) {
      const assertion = assertionOf(value);
      if (assertion === undefined) throw new CallError('invalid_request', 'the passkey assertion is malformed');
      for (;;) {
        const found = await rows.find('passkey', passkeyId(assertion.id));
        const { passkey, contents } = await orRefused(check(found, assertion, challenge, subject));
        // If another process has stored a counter meanwhile, the assertion is checked against that one.
        const counted = await rows.replace(passkey, { contents });
        if (counted) return { passkey: counted, assertion };
      }
    },
    async attest(value, challenge) {
      const { id, rawId, type, response } = (value ?? {}) as Record<string, unknown>;
      const { clientDataJSON, attestationObject, transports } = (response ?? {}) as Record<string, unknown>;
      if (![id, clientDataJSON, attestationObject].every((text) => typeof text === 'string')) {
        throw new CallError('invalid_request', 'the new passkey is malformed');
      }
      const { credential, credentialDeviceType } = await orRefused(register());
      return {
        credentialId: credential.id,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        counter: credential.counter,
        transports: transportsOf(transports),
        deviceBound: credentialDeviceType === 'singleDevice',
      };

      async function register() {
        requireNoCertificates(attestationObject as string);
        const registered = await verifyRegistrationResponse({
          response: { id, rawId, type, response: { clientDataJSON, attestationObject } } as RegistrationResponseJSON,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpId,
          expectedType: 'webauthn.create',
          requireUserVerification: true,
          supportedAlgorithmIDs: algorithms,
        });
        if (!registered.verified) throw new Error('its attestation is wrong');
        requireOwnPage(clientDataJSON as string);
        if (registered.registrationInfo.credential.id !== id)
          throw new Error('its id is not the one that was attested');
        return registered.registrationInfo;
      }
    },
  };
}

/**
 * No attestation was requested, and certificates of authenticators are not checked: verifying a chain would fetch
 * revocation lists from addresses in it. Browsers leave a self attestation in place (WebAuthn Level 3, section 5.1.3).
 */
function requireNoCertificates(attestationObject: string): void {
  const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const format = decoded.get('fmt');
  const isSelf = format === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !isSelf) throw new Error('it has an attestation, although none was requested');
}

async function orRefused<T>(verification: Promise<T>): Promise<T> {
  try {
    return await verification;
  } catch (error) {
    throw new CallError('passkey_refused', (error as Error).message);
  }
}

function descriptors(known: readonly Entry<'passkey'>[]): RequestOptionsJson['allowCredentials'] {
  return known.map(({ contents: { credentialId: id, transports } }) => ({
    type: 'public-key',
    id,
    ...(transports.length > 0 && { transports }),
  }));
}

/** Only a hint to the browser: values that do not look like one are left out. */
function transportsOf(value: unknown): string[] {
  const names = Array.isArray(value) ? value : [];
  return names.filter((name) => typeof name === 'string' && /^[a-z-]{1,20}$/.test(name)).slice(0, 8);
}
