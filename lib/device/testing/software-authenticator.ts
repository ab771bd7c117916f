import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { requireKnownOptions } from '../../options/known-options.js';
import type { AssertionJson, AttestationJson } from '../settings/webauthn-json.js';
import { attestationObject, attestedCredential } from './attestation-object.js';

/** Options of {@link softwareAuthenticator}. */
export interface SoftwareAuthenticatorOptions {
  /** The origin of the page that it answers for. */
  origin: string;
  /** Whether its passkeys sync, as those of a phone's account do: their counters stay 0. Default `false`. */
  synced?: boolean | undefined;
}

/** Values that an honest authenticator would not give, for tests of what your server refuses. */
export interface Forgery {
  origin?: string | undefined;
  rpId?: string | undefined;
  type?: string | undefined;
  crossOrigin?: boolean | undefined;
  topOrigin?: string | undefined;
  userVerified?: boolean | undefined;
  userPresent?: boolean | undefined;
  userHandle?: string | undefined;
  backupEligible?: boolean | undefined;
  /** Instead of the next value of the counter. */
  counter?: number | undefined;
  /** Instead of the key's signature. */
  signature?: Buffer | undefined;
  /** Signs with this key instead of the passkey's. */
  key?: KeyObject | undefined;
  /** Instead of a random id for a new credential, base64url. */
  credentialId?: string | undefined;
}

/** The options of `navigator.credentials.create()` that an authenticator needs, as JSON. */
export interface PasskeyCreation {
  challenge: string;
  rp: { id: string };
  user: { id: string };
  excludeCredentials?: readonly { id: string }[] | undefined;
}

/** The options of `navigator.credentials.get()` that an authenticator needs, as JSON. */
export interface PasskeyRequest {
  challenge: string;
  rpId: string;
  allowCredentials?: readonly { id: string }[] | undefined;
}

/** A passkey, as the authenticator keeps it. */
export interface SoftwarePasskey {
  /** base64url. */
  id: string;
  rpId: string;
  userHandle: string;
  /** ES256. */
  key: KeyObject;
  counter: number;
}

/** An authenticator without a person: it always answers that it has verified its user. */
export interface SoftwareAuthenticator {
  readonly passkeys: SoftwarePasskey[];
  /**
   * `navigator.credentials.create()`, then `toJSON()`.
   *
   * @throws DOMException `InvalidStateError` when the user has a passkey here already, as browsers do
   */
  create(publicKey: PasskeyCreation, forgery?: Forgery): AttestationJson;
  /**
   * `navigator.credentials.get()`, then `toJSON()`: by the newest passkey that is allowed.
   *
   * @throws DOMException `NotAllowedError` when there is none
   */
  get(publicKey: PasskeyRequest, forgery?: Forgery): AssertionJson;
}

/**
 * Creates an authenticator in software, for tests: real keys and signatures, attestation `none`. {@link softwarePhone} uses
 * one; if you simulate the browser yourself (jsdom), let `navigator.credentials` lead to it.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see WebAuthn Level 3, section 6
 * @example
 * ```ts
 * const authenticator = softwareAuthenticator({ origin: 'https://login.bank.example' });
 * ```
 */
export function softwareAuthenticator(options: SoftwareAuthenticatorOptions): SoftwareAuthenticator {
  requireKnownOptions(options, { origin: true, synced: true }, 'softwareAuthenticator');
  const { origin, synced = false } = options;
  if (typeof origin !== 'string' || !URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw new TypeError('origin must be an origin such as https://login.bank.example');
  }
  const passkeys: SoftwarePasskey[] = [];

  function clientData(type: string, challenge: string, forgery: Forgery): Buffer {
    const { crossOrigin = false, topOrigin } = forgery;
    const data = { type: forgery.type ?? type, challenge, origin: forgery.origin ?? origin, crossOrigin, topOrigin };
    return Buffer.from(JSON.stringify(data));
  }

  /** WebAuthn Level 3, section 6.1. */
  function authenticatorData(rpId: string, counter: number, forgery: Forgery, attested?: Buffer): Buffer {
    const { userPresent = true, userVerified = true, backupEligible = synced } = forgery;
    const flags =
      (userPresent ? 0x01 : 0) |
      (userVerified ? 0x04 : 0) |
      (backupEligible ? 0x18 : 0) |
      (attested === undefined ? 0 : 0x40);
    const rest = Buffer.alloc(5);
    rest.writeUInt8(flags, 0);
    rest.writeUInt32BE(counter, 1);
    return Buffer.concat([sha256(forgery.rpId ?? rpId), rest, attested ?? Buffer.alloc(0)]);
  }

  return {
    passkeys,
    create({ challenge, rp, user, excludeCredentials = [] }, forgery = {}) {
      if (excludeCredentials.some(({ id }) => passkeys.some((passkey) => passkey.id === id))) {
        throw new DOMException('the authenticator has a passkey of this user already', 'InvalidStateError');
      }
      const id = forgery.credentialId ? Buffer.from(forgery.credentialId, 'base64url') : randomBytes(16);
      const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const passkey = { id: id.toString('base64url'), rpId: rp.id, userHandle: user.id, key, counter: 0 };
      // A discoverable credential takes the place of the one with the same user handle.
      const former = passkeys.findIndex(({ rpId, userHandle }) => rpId === rp.id && userHandle === user.id);
      if (former === -1) passkeys.push(passkey);
      else passkeys[former] = passkey;
      const data = authenticatorData(rp.id, 0, forgery, attestedCredential(id, key));
      return {
        id: passkey.id,
        rawId: passkey.id,
        type: 'public-key',
        response: {
          clientDataJSON: clientData('webauthn.create', challenge, forgery).toString('base64url'),
          attestationObject: attestationObject(data).toString('base64url'),
          transports: ['internal'],
        },
      };
    },
    get({ challenge, rpId, allowCredentials = [] }, forgery = {}) {
      const passkey = passkeys.findLast(
        ({ id }) => allowCredentials.length === 0 || allowCredentials.some((allowed) => allowed.id === id),
      );
      if (passkey === undefined) throw new DOMException('no passkey', 'NotAllowedError');
      if (!synced) passkey.counter += 1;
      const data = authenticatorData(rpId, forgery.counter ?? passkey.counter, forgery);
      const client = clientData('webauthn.get', challenge, forgery);
      const signed = Buffer.concat([data, sha256(client)]);
      const signature = forgery.signature ?? sign('sha256', signed, forgery.key ?? passkey.key);
      return {
        id: passkey.id,
        rawId: passkey.id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signature.toString('base64url'),
          userHandle: forgery.userHandle ?? passkey.userHandle,
        },
      };
    },
  };
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
