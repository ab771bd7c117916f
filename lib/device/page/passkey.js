// @ts-check

/**
 * @import { AssertionJson, AttestationJson, CreationOptionsJson, RequestOptionsJson } from '../settings/webauthn-json.js'
 */

// Converted by hand, since browsers of 2024 know neither toJSON() nor parseRequestOptionsFromJSON().

/** The user did not confirm: closed the browser's dialogue, or let it wait too long. */
export class NotConfirmedError extends Error {}

/** This device already has a passkey of the user. */
export class ExistingPasskeyError extends Error {}

/** Whether this browser knows passkeys at all. */
export const isSupported = typeof PublicKeyCredential === 'function';

/**
 * Has a passkey sign the challenge.
 *
 * @param {RequestOptionsJson} options
 * @returns {Promise<AssertionJson>}
 * @throws {NotConfirmedError}
 */
export async function assertion(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: descriptors(options.allowCredentials),
  };
  const credential = await attempt(() => navigator.credentials.get({ publicKey }));
  const response = /** @type {AuthenticatorAssertionResponse} */ (credential.response);
  return {
    ...identity(credential),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      ...(response.userHandle && { userHandle: text(response.userHandle) }),
    },
  };
}

/**
 * Creates a passkey.
 *
 * @param {CreationOptionsJson} options
 * @returns {Promise<AttestationJson>}
 * @throws {NotConfirmedError | ExistingPasskeyError}
 */
export async function registration(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  };
  const credential = await attempt(() => navigator.credentials.create({ publicKey }));
  const response = /** @type {AuthenticatorAttestationResponse} */ (credential.response);
  return {
    ...identity(credential),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

/**
 * The challenge of an approval: what is shown is what is signed.
 *
 * @param {string} shown the string, as the server sent it
 */
export async function approvalChallenge(shown) {
  const signed = new TextEncoder().encode(`ciba-backchannel/approval/1\0${shown}`);
  return text(await crypto.subtle.digest('SHA-256', signed));
}

/**
 * @param {() => Promise<Credential | null>} ceremony
 * @returns {Promise<PublicKeyCredential>}
 */
async function attempt(ceremony) {
  try {
    const credential = await ceremony();
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (error) {
    const { name } = /** @type {DOMException} */ (error);
    if (name === 'InvalidStateError') throw new ExistingPasskeyError();
    if (name !== 'NotAllowedError' && name !== 'AbortError') throw error;
  }
  throw new NotConfirmedError();
}

/** @param {PublicKeyCredential} credential */
function identity({ id, rawId }) {
  return { id, rawId: text(rawId), type: /** @type {const} */ ('public-key') };
}

/** @param {RequestOptionsJson['allowCredentials']} list */
function descriptors(list) {
  return list.map(({ id, type, transports }) => ({
    id: bytes(id),
    type,
    ...(transports && { transports: /** @type {AuthenticatorTransport[]} */ (transports) }),
  }));
}

/** @param {string} base64url */
export function bytes(base64url) {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
export function text(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
