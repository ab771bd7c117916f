import type { KeyObject } from 'node:crypto';

// WebAuthn Level 3, section 6.5, and RFC 8949, section 3.1: what an attestation object needs of CBOR.

/** Vouches for nothing (`none`; WebAuthn Level 3, section 8.7). */
export function attestationObject(authenticatorData: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([0xa3]),
    cborText('fmt'),
    cborText('none'),
    cborText('attStmt'),
    Buffer.from([0xa0]),
    cborText('authData'),
    cborBytes(authenticatorData),
  ]);
}

/** Part of the authenticator data: the id of a new credential and its key. */
export function attestedCredential(id: Buffer, key: KeyObject): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(id.length);
  const noModel = Buffer.alloc(16);
  return Buffer.concat([noModel, length, id, coseKey(key)]);
}

/** COSE_Key of ES256 (RFC 9053, section 7.1.1). */
function coseKey(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' });
  const coordinate = (text: unknown) => cborBytes(Buffer.from(text as string, 'base64url'));
  return Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
    coordinate(x),
    Buffer.from([0x22]),
    coordinate(y),
  ]);
}

export function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

export function cborBytes(bytes: Buffer): Buffer {
  const head = bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
}
