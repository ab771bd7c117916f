import type { Configuration, DPoPHandle, FetchBody } from 'openid-client';
import { ApprovalError } from './errors.js';
import type { Server } from './server.js';

/**
 * Calls a protected resource with the token: like `fetch`, but redirects are not followed. It rejects with an
 * {@link ApprovalError} `ERR_APPROVAL_ORIGIN` when the token must not go to that origin.
 */
export type ResourceFetch = (url: string | URL, init?: ResourceRequest) => Promise<Response>;

/** The request to the resource, as in the second argument of `fetch`. */
export interface ResourceRequest {
  method?: string | undefined;
  headers?: ConstructorParameters<typeof Headers>[0] | undefined;
  body?: FetchBody;
  signal?: AbortSignal | undefined;
}

/**
 * @param dpop the key that the token is bound to, if there is one
 * @param origins where the token may go; by default only to the origin of the first call
 */
export function resourceFetch(
  config: Configuration,
  server: Server,
  accessToken: string,
  dpop: DPoPHandle | undefined,
  origins: readonly string[] | undefined,
): ResourceFetch {
  let allowed = origins;

  return async (address, { method = 'GET', headers, body, signal } = {}) => {
    const url = new URL(address);
    allowed ??= [url.origin];
    if (!allowed.includes(url.origin)) {
      throw new ApprovalError('ERR_APPROVAL_ORIGIN', `the token must not go to ${url.origin}: see the option origins`);
    }
    try {
      return await server.run(
        (openid) =>
          openid.fetchProtectedResource(
            config,
            accessToken,
            url,
            method,
            body,
            new Headers(headers),
            dpop && { DPoP: dpop },
          ),
        signal,
      );
    } catch (error) {
      // openid-client throws when the resource answers with a challenge; the host decides what that means.
      const { response } = error as { response?: Response };
      if (typeof response?.status === 'number') return response;
      throw error;
    }
  };
}
