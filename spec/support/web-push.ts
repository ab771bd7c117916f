import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto';

/** A browser's end of a push subscription (RFC 8291). */
export interface PushReceiver {
  keys: { p256dh: string; auth: string };
  decrypt(body: Buffer): string;
}

export function pushReceiver(): PushReceiver {
  const key = createECDH('prime256v1');
  key.generateKeys();
  const auth = randomBytes(16);
  return {
    keys: { p256dh: key.getPublicKey().toString('base64url'), auth: auth.toString('base64url') },
    decrypt: (body) => decrypt(body, key, auth),
  };
}

/** VAPID keys (RFC 8292), as the option `push` takes them. */
export function vapidKeys(): { publicKey: string; privateKey: string } {
  const key = createECDH('prime256v1');
  key.generateKeys();
  const pad = (bytes: Buffer) => Buffer.concat([Buffer.alloc(32 - bytes.length), bytes]);
  return {
    publicKey: key.getPublicKey().toString('base64url'),
    privateKey: pad(key.getPrivateKey()).toString('base64url'),
  };
}

/** `aes128gcm` of RFC 8188, in one record, with the keys of RFC 8291, section 3.4. */
function decrypt(body: Buffer, key: ECDH, auth: Buffer): string {
  const salt = body.subarray(0, 16);
  const sender = body.subarray(21, 21 + (body[20] as number));
  const record = body.subarray(21 + sender.length);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), key.getPublicKey(), sender]);
  const ikm = hkdfSync('sha256', key.computeSecret(sender), auth, info, 32);
  const contentKey = hkdfSync('sha256', Buffer.from(ikm), salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = hkdfSync('sha256', Buffer.from(ikm), salt, 'Content-Encoding: nonce\0', 12);
  const decipher = createDecipheriv('aes-128-gcm', Buffer.from(contentKey), Buffer.from(nonce));
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}
