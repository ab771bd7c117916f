import { createHash, timingSafeEqual } from 'node:crypto';

/** Checks callers: by an access token of Authlete 3.0, or by the API key and secret of a 2.x service. */
export interface ServiceCredentials {
  /** The beginning of the path, after `/api`. */
  readonly prefix: string;
  /** `WWW-Authenticate`, if they are missing or wrong. */
  readonly challenge: string;
  /** Whether a path below the prefix can only belong to the service. */
  owns(path: string | undefined): boolean;
  /** @param authorization value of the header */
  accept(authorization: string | undefined): boolean;
}

/** Credentials of Authlete 3.0. A token that is bound to a key comes as `DPoP` (RFC 9449); its proof is not judged. */
export function bearerCredentials(serviceId: string, accessToken: string): ServiceCredentials {
  const expected = sha256(accessToken);
  return {
    prefix: `/${encodeURIComponent(serviceId)}`,
    challenge: 'Bearer error="invalid_token"',
    owns: (path) => path !== undefined,
    accept(authorization = '') {
      const presented = /^(?:Bearer|DPoP) +(\S+) *$/i.exec(authorization)?.[1];
      return presented !== undefined && timingSafeEqual(sha256(presented), expected);
    },
  };
}

/** Credentials of Authlete 2.x. */
export function basicCredentials(apiKey: string, apiSecret: string): ServiceCredentials {
  const expected = sha256(`${apiKey}:${apiSecret}`);
  return {
    prefix: '',
    challenge: 'Basic realm="Authlete"',
    // The path does not contain the service's id, so only its beginning shows that it belongs to the service.
    owns: (path) => /^\/(?:auth|backchannel|client|service)\//.test(path ?? ''),
    accept(authorization = '') {
      const presented = /^Basic +(\S+) *$/i.exec(authorization)?.[1];
      return presented !== undefined && timingSafeEqual(sha256(Buffer.from(presented, 'base64')), expected);
    },
  };
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
