// Run as a process of its own, since what goes wrong ends the process: does everything that could leave an error in
// OpenSSL's queue, then has Web Crypto encrypt, which aborts the process when there is one.
import { createPrivateKey, createPublicKey, createSecretKey, webcrypto, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { authorized, cibaCompletion } from 'ciba-backchannel';
import { handles } from '../../lib/completion/handle.js';
import { jwksFetch } from '../../lib/jwt/jwks-uri.js';
import { seals } from '../../lib/seal/seals.js';
import { stubAuthlete } from './complete-stub.js';

const handleKeys = ['a secret of at least thirty-two bytes'];
const key = await webcrypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['encrypt']);

/** Aborts the process where an error was left. */
async function encrypt(): Promise<void> {
  await webcrypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(1));
}

const ways: Record<string, () => unknown> = {};

for (const name of [`${'a'.repeat(256)}`, `${'a.'.repeat(200)}example`, `${'a'.repeat(64)}.example`]) {
  ways[`a notification endpoint at ${name.length} characters`] = async () => {
    const authlete = stubAuthlete({
      action: 'NOTIFICATION',
      responseContent: '{}',
      clientNotificationEndpoint: `https://${name}/cb`,
      clientNotificationToken: 'token',
    });
    const notifications = { allow: () => true };
    const completion = cibaCompletion({ authlete, handleKeys, notifications, logger: false });
    const handle = handles(handleKeys).seal({
      id: name,
      ticket: name,
      subject: 'alice',
      clientId: '42',
      deliveryMode: 'PING',
      claimNames: [],
      expiresAt: Date.now() + 60_000,
    });
    const { notification } = await completion.complete(handle, authorized());
    const outcome = await notification;
    if (outcome?.delivered !== false || outcome.error.code !== 'ERR_NOTIFICATION_ENDPOINT') throw new Error('tried');
    await completion.close({ timeout: 0 });
  };
  for (const allow of [undefined, () => true]) {
    ways[`a jwks_uri at ${name.length} characters, ${allow ? 'waived' : 'judged'}`] = () =>
      jwksFetch(allow, 1_000)(`https://${name}/jwks`, {
        headers: new Headers(),
        signal: AbortSignal.timeout(1_000),
        method: 'GET',
        redirect: 'manual',
      });
  }
}

const pem = (what: string) => `-----BEGIN ${what}-----\nMIIBAA==\n-----END ${what}-----\n`;
ways['a certificate that is none'] = () => new X509Certificate(pem('CERTIFICATE'));
ways['a private key that is none'] = () => createPrivateKey(pem('PRIVATE KEY'));
ways['a public key that is none'] = () => createPublicKey(pem('PUBLIC KEY'));
ways['a JWK off its curve'] = () =>
  createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }, format: 'jwk' });
ways['a JWK of Web Crypto off its curve'] = () =>
  webcrypto.subtle.importKey(
    'jwk',
    {
      kty: 'EC',
      crv: 'P-256',
      x: Buffer.alloc(32, 1).toString('base64url'),
      y: Buffer.alloc(32, 1).toString('base64url'),
    },
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['verify'],
  );
ways['a CA that is none'] = () => createSecureContext({ ca: pem('CERTIFICATE') });
ways['a client key that does not fit'] = () =>
  createSecureContext({ cert: pem('CERTIFICATE'), key: pem('PRIVATE KEY') });
ways['a secret key without bytes'] = () => createSecretKey(Buffer.alloc(0));
ways['sealed text that was changed'] = () => {
  const { seal, unseal } = seals(handleKeys, 'job', 'keys');
  unseal(`${seal('text').slice(0, -4)}AAAA`);
};

for (const [way, go] of Object.entries(ways)) {
  process.stdout.write(`${way}\n`);
  try {
    await go();
  } catch {
    // It should fail; that is not the point.
  }
  await encrypt();
}
process.stdout.write('alive\n');
process.exit();
