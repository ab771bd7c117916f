import type { JSONWebKeySet, JWK } from 'jose';
import type { ClientMetadata } from '../settings/client-metadata.js';
import { isHttpUrl } from '../settings/endpoints.js';
import type { Settings } from '../settings/settings.js';
import { type ClientKeys, fetchedKeys, publicKeysOf, registeredKeys } from './keys.js';
import { readString } from './members.js';

/**
 * Reads `jwks` or `jwks_uri` of a registration.
 *
 * @throws TypeError naming the member that is wrong
 */
export function readClientKeys(settings: Settings, metadata: ClientMetadata, where: string): ClientKeys | undefined {
  const { jwks } = metadata;
  const uri = readString(metadata, 'jwks_uri', where);
  if (uri === undefined) return jwks === undefined ? undefined : registeredKeys(checkedSet(settings, jwks, where));
  // RFC 7591, section 2.
  if (jwks !== undefined) throw new TypeError(`${where} has jwks and jwks_uri: only one of them may be registered`);
  if (!isHttpUrl(uri)) throw new TypeError(`${where}.jwks_uri must be a URL`);
  return fetchedKeys(uri, settings.allowJwksUri, undefined, settings.proxyFor);
}

function checkedSet({ fapi }: Settings, jwks: JSONWebKeySet, where: string): JSONWebKeySet {
  if (!Array.isArray(jwks?.keys))
    throw new TypeError(`${where}.jwks must be a JWK set: an object with an array of keys`);
  for (const jwk of jwks.keys) checkKey(jwk, fapi !== false, `${where}.jwks`);
  return jwks;
}

/** Members that only private and symmetric keys have (RFC 7518, section 6). */
const secretMembers = ['d', 'k'];

/** Keys of other types are ignored (RFC 7517, section 5). */
const knownTypes = ['RSA', 'EC', 'OKP'];

function checkKey(jwk: JWK | null, fapi: boolean, where: string): void {
  if (typeof jwk !== 'object' || jwk === null) throw new TypeError(`${where} holds a key that is not an object`);
  if (secretMembers.some((member) => Object.hasOwn(jwk, member))) {
    throw new TypeError(`${where} holds a secret key: only public ones are registered`);
  }
  if (!knownTypes.includes(jwk.kty ?? '')) return;
  for (const { asymmetricKeyDetails } of usable(jwk, where)) {
    // FAPI 1.0 Baseline, section 5.2.2. The curves that a JWK can name are all long enough.
    if (fapi && (asymmetricKeyDetails?.modulusLength ?? 2048) < 2048) {
      throw new TypeError(`${where} holds an RSA key of less than 2048 bits, too weak for FAPI`);
    }
  }
}

function usable(jwk: JWK, where: string) {
  try {
    return publicKeysOf(jwk);
  } catch (cause) {
    throw new TypeError(`${where} holds a key that cannot be used`, { cause });
  }
}
