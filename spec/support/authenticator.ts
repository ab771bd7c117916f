import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import type { TestCertificate } from './certificates.js';

// A WebAuthn authenticator in software: real keys, attestations (`none`, where nothing else is forged) and assertions (WebAuthn Level 3, section 6).

/** What a ceremony says that another, honest one would not. */
export interface Forged {
  origin?: string;
  rpId?: string;
  type?: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  userVerified?: boolean;
  userPresent?: boolean;
  userHandle?: string;
  /** In the place of the next value of the counter. */
  counter?: number;
  /** In the place of the key's signature. */
  signature?: Buffer;
  /** Signs with the key of another. */
  key?: KeyObject;
  backupEligible?: boolean;
  /** In the place of the id of a new credential, base64url. */
  credentialId?: string;
  /** Vouches for the credential: with its own key (`packed`), or that of a certificate (`fido-u2f`). */
  attestation?: 'self' | TestCertificate;
}

/** A credential, as the authenticator keeps it. */
export interface Credential {
  id: string;
  rpId: string;
  userHandle: string;
  key: KeyObject;
  counter: number;
}

export interface Assertion {
  id: string;
  rawId: string;
  type: 'public-key';
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string };
}

export interface Authenticator {
  readonly credentials: Credential[];
  /** `navigator.credentials.create()`, then `toJSON()`. @throws DOMException `InvalidStateError`, as browsers do */
  create(publicKey: CreationOptions, forged?: Forged): object;
  /** `navigator.credentials.get()`, then `toJSON()`. */
  get(publicKey: RequestOptions, forged?: Forged): Assertion;
}

interface CreationOptions {
  challenge: string;
  rp: { id: string };
  user: { id: string };
  excludeCredentials: { id: string }[];
}

interface RequestOptions {
  challenge: string;
  rpId: string;
  allowCredentials: { id: string }[];
}

interface AuthenticatorOptions {
  /** Of the page in whose name it answers. */
  origin: string;
  /** Its passkeys sync, and their counters stay 0. */
  synced?: boolean;
}

export function authenticator({ origin, synced = false }: AuthenticatorOptions): Authenticator {
  const credentials: Credential[] = [];

  function clientData(type: string, challenge: string, forged: Forged): Buffer {
    const { crossOrigin = false, topOrigin } = forged;
    const data = { type: forged.type ?? type, challenge, origin: forged.origin ?? origin, crossOrigin, topOrigin };
    return Buffer.from(JSON.stringify(data));
  }

  function authenticatorData(rpId: string, counter: number, forged: Forged, attested?: Buffer): Buffer {
    const { userPresent = true, userVerified = true, backupEligible = synced } = forged;
    const flags =
      (userPresent ? 0x01 : 0) |
      (userVerified ? 0x04 : 0) |
      (backupEligible ? 0x18 : 0) |
      (attested === undefined ? 0 : 0x40);
    const rest = Buffer.alloc(5);
    rest.writeUInt8(flags, 0);
    rest.writeUInt32BE(counter, 1);
    return Buffer.concat([sha256(forged.rpId ?? rpId), rest, attested ?? Buffer.alloc(0)]);
  }

  return {
    credentials,
    create({ challenge, rp, user, excludeCredentials }, forged = {}) {
      if (excludeCredentials.some(({ id }) => credentials.some((credential) => credential.id === id))) {
        throw new DOMException('the authenticator has a credential of this user already', 'InvalidStateError');
      }
      const id = forged.credentialId ? Buffer.from(forged.credentialId, 'base64url') : randomBytes(16);
      const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const credential = { id: id.toString('base64url'), rpId: rp.id, userHandle: user.id, key, counter: 0 };
      // A discoverable credential takes the place of the one with the same user handle.
      const former = credentials.findIndex(({ rpId, userHandle }) => rpId === rp.id && userHandle === user.id);
      credentials.splice(former === -1 ? credentials.length : former, former === -1 ? 0 : 1, credential);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(key)]);
      const authData = authenticatorData(rp.id, 0, forged, attested);
      const client = clientData('webauthn.create', challenge, forged);
      const attestationObject = Buffer.concat([
        Buffer.from([0xa3]),
        ...attestation(credential, authData, client, forged),
        cborText('authData'),
        cborBytes(authData),
      ]);
      return {
        id: credential.id,
        rawId: credential.id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          attestationObject: attestationObject.toString('base64url'),
          transports: ['internal'],
        },
        clientExtensionResults: {},
      };
    },
    get({ challenge, rpId, allowCredentials }, forged = {}) {
      const usable = credentials.filter(
        ({ id }) => allowCredentials.length === 0 || allowCredentials.some((allowed) => allowed.id === id),
      );
      const credential = usable.at(-1);
      if (credential === undefined) throw new DOMException('no passkey', 'NotAllowedError');
      if (!synced) credential.counter += 1;
      const data = authenticatorData(rpId, forged.counter ?? credential.counter, forged);
      const client = clientData('webauthn.get', challenge, forged);
      const signature =
        forged.signature ?? sign('sha256', Buffer.concat([data, sha256(client)]), forged.key ?? credential.key);
      return {
        id: credential.id,
        rawId: credential.id,
        type: 'public-key',
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signature.toString('base64url'),
          userHandle: forged.userHandle ?? credential.userHandle,
        },
      };
    },
  };
}

/** Members `fmt` and `attStmt` (WebAuthn Level 3, sections 8.2, 8.6 and 8.7). */
function attestation(
  { id, rpId, key }: Credential,
  authData: Buffer,
  client: Buffer,
  { attestation: by }: Forged,
): Buffer[] {
  const members = (format: string, ...statement: Buffer[]) => [
    cborText('fmt'),
    cborText(format),
    cborText('attStmt'),
    ...statement,
  ];
  if (by === undefined) return members('none', Buffer.from([0xa0]));
  if (by === 'self') {
    const signature = sign('sha256', Buffer.concat([authData, sha256(client)]), key);
    return members(
      'packed',
      Buffer.from([0xa2]),
      cborText('alg'),
      Buffer.from([0x26]),
      cborText('sig'),
      cborBytes(signature),
    );
  }
  const point = coordinatesOf(key);
  const signed = [
    Buffer.from([0]),
    sha256(rpId),
    sha256(client),
    Buffer.from(id, 'base64url'),
    Buffer.from([4]),
    ...point,
  ];
  const certificate = new X509Certificate(by.cert).raw;
  return members(
    'fido-u2f',
    Buffer.from([0xa2]),
    cborText('sig'),
    cborBytes(sign('sha256', Buffer.concat(signed), by.key)),
    cborText('x5c'),
    Buffer.from([0x81]),
    cborBytes(certificate),
  );
}

/** Copies what a thief, or a cloud, has of it. */
export function copyOf(key: KeyObject): KeyObject {
  return createPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }));
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** COSE_Key of ES256 (RFC 9053, section 7.1.1). */
function coseKey(key: KeyObject): Buffer {
  const [first, second] = coordinatesOf(key).map(cborBytes) as [Buffer, Buffer];
  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
    first,
    Buffer.from([0x22]),
    second,
  ]);
}

function coordinatesOf(key: KeyObject): Buffer[] {
  const { x, y } = key.export({ format: 'jwk' });
  return [x, y].map((text) => Buffer.from(text as string, 'base64url'));
}

// RFC 8949, section 3.1: what an attestation object needs of CBOR.

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

function cborBytes(bytes: Buffer): Buffer {
  const head = bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
}
