import { createHash, sign, X509Certificate } from 'node:crypto';
import type { SoftwareAuthenticator, SoftwarePasskey } from 'ciba-backchannel/device/testing';
import { cborBytes, cborText } from '../../lib/device/testing/attestation-object.js';
import type { TestCertificate } from './certificates.js';

type Attestation = ReturnType<SoftwareAuthenticator['create']>;

/** Who vouches for a credential: its own key (`packed`), or that of a certificate (`fido-u2f`). */
export type Voucher = 'self' | TestCertificate;

/** A new credential of an authenticator, vouched for (WebAuthn Level 3, sections 8.2 and 8.6). */
export function attested(credential: Attestation, { passkeys }: SoftwareAuthenticator, by: Voucher): Attestation {
  const { response } = credential;
  const passkey = passkeys.find(({ id }) => id === credential.id) as SoftwarePasskey;
  const unattested = Buffer.from(response.attestationObject, 'base64url');
  // Its last member, of less than 256 bytes.
  const authData = unattested.subarray(unattested.indexOf(cborText('authData')) + cborText('authData').length + 2);
  const client = sha256(Buffer.from(response.clientDataJSON, 'base64url'));
  const statement = by === 'self' ? packed(passkey, authData, client) : fidoU2f(passkey, client, by);
  const members = [cborText('fmt'), ...statement, cborText('authData'), cborBytes(authData)];
  const attestationObject = Buffer.concat([Buffer.from([0xa3]), ...members]).toString('base64url');
  return { ...credential, response: { ...response, attestationObject } };
}

function packed({ key }: SoftwarePasskey, authData: Buffer, client: Buffer): Buffer[] {
  const signature = sign('sha256', Buffer.concat([authData, client]), key);
  const es256 = Buffer.from([0x26]);
  const statement = [Buffer.from([0xa2]), cborText('alg'), es256, cborText('sig'), cborBytes(signature)];
  return [cborText('packed'), cborText('attStmt'), ...statement];
}

function fidoU2f({ id, rpId, key }: SoftwarePasskey, client: Buffer, { cert, key: signer }: TestCertificate): Buffer[] {
  const { x, y } = key.export({ format: 'jwk' });
  const point = [Buffer.from([4]), ...[x, y].map((text) => Buffer.from(text as string, 'base64url'))];
  const signed = [Buffer.from([0]), sha256(Buffer.from(rpId)), client, Buffer.from(id, 'base64url'), ...point];
  const signature = sign('sha256', Buffer.concat(signed), signer);
  const chain = [Buffer.from([0x81]), cborBytes(new X509Certificate(cert).raw)];
  const statement = [Buffer.from([0xa2]), cborText('sig'), cborBytes(signature), cborText('x5c'), ...chain];
  return [cborText('fido-u2f'), cborText('attStmt'), ...statement];
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
