import { X509Certificate } from 'node:crypto';
import type { SecureContext } from 'node:tls';

type Pem = string | Buffer | Array<string | Buffer>;

/**
 * Creates the secure context of `{ ca, cert, key }` once, since OpenSSL takes longer to parse them than to connect.
 *
 * @throws TypeError that names the option, when a part cannot be read, or only one of `cert` and `key` is there
 */
export function secureContextOf(tls: unknown, option: string): SecureContext {
  if (typeof tls !== 'object' || tls === null) throw new TypeError(`${option} must be an object with ca, cert or key`);
  const { ca, cert, key } = tls as { ca?: Pem; cert?: Pem; key?: Pem };
  if ((cert === undefined) !== (key === undefined))
    throw new TypeError(`${option} needs both cert and key, or neither`);
  // Not imported: most processes have no certificates of their own, and need not load it.
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    // OpenSSL ignores a CA that it cannot read (the name of a file, say), and then trusts nobody.
    for (const authority of [ca ?? []].flat()) new X509Certificate(authority);
    return createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new TypeError(`${option} has a ca, cert or key that cannot be read`, { cause: error });
  }
}
