import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

// A push service and the browser behind it: takes pushes (RFC 8030) and decrypts them (RFC 8188, RFC 8291).

export interface ReceivedPush {
  headers: IncomingHttpHeaders;
  /** Decrypted. */
  text: string;
}

export interface PushService {
  origin: string;
  pushes: ReceivedPush[];
  /** Statuses of the next answers; 201 when there are none. */
  answers: { status: number; headers?: Record<string, string>; body?: string }[];
  /** A new subscription. */
  subscribe(): { endpoint: string; keys: { p256dh: string; auth: string } };
  /** Resolves when so many pushes have come. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startPushService(): Promise<PushService> {
  const pushes: ReceivedPush[] = [];
  const answers: PushService['answers'] = [];
  const news = new EventEmitter();
  const receivers = new Map<string, { ecdh: ReturnType<typeof createECDH>; auth: Buffer }>();

  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const receiver = receivers.get(req.url ?? '');
    const { status, headers, body } = answers.shift() ?? { status: receiver ? 201 : 404 };
    if (receiver) pushes.push({ headers: req.headers, text: decrypt(Buffer.concat(chunks), receiver) });
    res.writeHead(status, headers).end(body);
    news.emit('push');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    pushes,
    answers,
    subscribe() {
      const ecdh = createECDH('prime256v1');
      const p256dh = ecdh.generateKeys('base64url');
      const auth = randomBytes(16);
      const path = `/push/${randomBytes(8).toString('hex')}`;
      receivers.set(path, { ecdh, auth });
      return { endpoint: origin + path, keys: { p256dh, auth: auth.toString('base64url') } };
    },
    async received(count) {
      while (pushes.length < count) await once(news, 'push');
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** RFC 8291, section 3.4, and RFC 8188, section 2: one record. */
function decrypt(body: Buffer, { ecdh, auth }: { ecdh: ReturnType<typeof createECDH>; auth: Buffer }): string {
  const salt = body.subarray(0, 16);
  const keyLength = body.readUInt8(20);
  const senderKey = body.subarray(21, 21 + keyLength);
  const record = body.subarray(21 + keyLength);
  const secret = ecdh.computeSecret(senderKey);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), senderKey]);
  const ikm = hkdf(secret, auth, info, 32);
  const key = hkdf(ikm, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = hkdf(ikm, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
}

function hkdf(ikm: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', ikm, salt, info, length));
}

/** VAPID keys, as `web-push generate-vapid-keys` makes them. */
export function vapidKeys(): { publicKey: string; privateKey: string } {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  // Node leaves leading zeros out.
  const privateKey = Buffer.from(ecdh.getPrivateKey('hex').padStart(64, '0'), 'hex');
  return { publicKey: ecdh.getPublicKey('base64url'), privateKey: privateKey.toString('base64url') };
}
