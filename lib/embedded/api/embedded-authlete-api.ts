import type { AuthleteApi, CallOptions } from '../../authlete/api.js';
import type { RevocationRequest, RevocationResponse } from '../../authlete/types/revocation.js';
import type { ClientRegistrationApi } from './client-registration.js';
import type { ClientDescription } from './get-client.js';
import type { StandardIntrospectionRequest, StandardIntrospectionResponse } from './standard-introspection.js';
import type { UserinfoRequest, UserinfoResponse } from './userinfo.js';
import type { UserinfoIssueRequest, UserinfoIssueResponse } from './userinfo-issue.js';

/**
 * What `embeddedAuthlete` makes: the API that the endpoints need, that of dynamic client registration, and the APIs that
 * a server calls in addition if it serves its other endpoints with another Authlete library.
 */
export interface EmbeddedAuthlete extends AuthleteApi, ClientRegistrationApi {
  /** `/auth/revocation`: a client ends one of its tokens (RFC 7009). */
  revocation(request: RevocationRequest, options?: CallOptions): Promise<RevocationResponse>;
  /** `/auth/introspection/standard`: describes a token (RFC 7662). */
  standardIntrospection(
    request: StandardIntrospectionRequest,
    options?: CallOptions,
  ): Promise<StandardIntrospectionResponse>;
  /** `/auth/userinfo`: judges an access token at the userinfo endpoint. */
  userinfo(request: UserinfoRequest, options?: CallOptions): Promise<UserinfoResponse>;
  /** `/auth/userinfo/issue`: makes the body of the userinfo endpoint. */
  userinfoIssue(request: UserinfoIssueRequest, options?: CallOptions): Promise<UserinfoIssueResponse>;
  /** `/client/get/{id}`: describes the client with that number or alias; rejects when there is none. */
  getClient(id: string, options?: CallOptions): Promise<ClientDescription>;
}
