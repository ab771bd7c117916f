import { constants, createPrivateKey } from 'node:crypto';
import type { ServerOptions } from 'node:https';
import type { KeyAndCertificate } from './self-signed.js';

/**
 * TLS as FAPI wants it (FAPI 1.0 Advanced, section 8.5): 1.3, and for 1.2 these two suites only.
 *
 * @throws Error where the key is not RSA: the suites of 1.2 need one
 */
export function tlsOptions({ key, cert }: KeyAndCertificate): ServerOptions {
  const { asymmetricKeyType } = createPrivateKey(key);
  if (asymmetricKeyType !== 'rsa') throw new Error(`the server needs an RSA key for TLS 1.2, not ${asymmetricKeyType}`);
  return {
    key,
    cert,
    minVersion: 'TLSv1.2',
    // Node switches 1.3 off if the list has none of its suites.
    ciphers: [
      'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256',
      'TLS_AES_128_GCM_SHA256',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES128-GCM-SHA256',
    ].join(':'),
    honorCipherOrder: true,
    // Asks every client for its certificate; the engine checks it.
    requestCert: true,
    rejectUnauthorized: false,
    // A resumed session has lost the intermediate certificates of the client.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    // Signed requests are form parameters, but certificates and tokens of clients can make headers long.
    maxHeaderSize: 65_536,
  };
}
