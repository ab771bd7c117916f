import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

type Pem = string | Buffer | Array<string | Buffer>;

/**
 * Creates the secure context of `{ ca, cert, key }` once: what OpenSSL has to parse for a connection takes longer than the
 * connection.
 *
 * @throws TypeError that names the option, when a part cannot be read, or `cert` and `key` are not both there
 */
export function secureContextOf(tls: unknown, option: string): SecureContext {
  if (typeof tls !== 'object' || tls === null) throw new TypeError(`${option} must be an object with ca, cert or key`);
  const { ca, cert, key } = tls as { ca?: Pem; cert?: Pem; key?: Pem };
  if ((cert === undefined) !== (key === undefined))
    throw new TypeError(`${option} needs both cert and key, or neither`);
  try {
    // OpenSSL passes over a CA that it cannot read (the name of a file, say), and then nothing is trusted.
    for (const authority of [ca ?? []].flat()) new X509Certificate(authority);
    return createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new TypeError(`${option} has a ca, cert or key that cannot be read`, { cause: error });
  }
}
