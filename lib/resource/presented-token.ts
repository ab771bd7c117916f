import type { IncomingMessage } from 'node:http';
import type { EndpointRequest } from '../endpoint/request.js';

/** Maximum number of characters. A longer access token is not Authlete's, so Authlete is not asked. */
const maxToken = 16_384;

export interface SentToken {
  scheme: 'Bearer' | 'DPoP';
  token: string;
}

/** The token of a request, or what is wrong with the way it was sent (RFC 6750, section 3.1). */
export type Presented = SentToken | { problem: 'none' | 'request' | 'token' };

/** Reads the token from the header `Authorization`, and from nowhere else: addresses end up in logs. */
export function presentedToken(request: EndpointRequest): Presented {
  const { authorization } = request.headers;
  if (typeof authorization !== 'string') return { problem: 'none' };
  const [, name = '', token = ''] = /^([\w-]+)(?: +(.*))?$/s.exec(authorization) ?? [];
  const scheme = schemes.get(name.toLowerCase());
  if (scheme === undefined) return { problem: 'none' };
  if (wasRepeated(request) || !/^[\w.~+/-]+=*$/.test(token)) return { problem: 'request' };
  return token.length > maxToken ? { problem: 'token' } : { scheme, token };
}

const schemes = new Map<string, 'Bearer' | 'DPoP'>([
  ['bearer', 'Bearer'],
  ['dpop', 'DPoP'],
]);

/** A token that was sent twice does not count. Node keeps only the first header of that name. */
function wasRepeated({ host }: EndpointRequest): boolean {
  const { rawHeaders = [], url = '' } = host as Partial<IncomingMessage>;
  // Not headersDistinct, which Node makes anew for each request.
  let times = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (/^authorization$/i.test(rawHeaders[i] as string)) times += 1;
  return times > 1 || /[?&]access_token=/.test(url);
}
