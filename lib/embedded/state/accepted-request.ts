import type {
  AuthorizationDetails,
  DynamicScope,
  Scope,
  UserIdentificationHintType,
} from '../../authlete/common-types.js';

/** The parameters of a valid backchannel authentication request. */
export interface AcceptedRequest {
  readonly hintType: UserIdentificationHintType;
  readonly hint: string;
  /** Without those that the service or the client does not have. */
  readonly scopes: readonly Scope[];
  /** The parameterised ones among the requested. */
  readonly dynamicScopes: readonly DynamicScope[];
  /** Without those that are not supported. */
  readonly acrs?: string[];
  readonly bindingMessage?: string;
  readonly userCode?: string;
  /** Seconds; 0 when absent. */
  readonly requestedExpiry: number;
  readonly clientNotificationToken?: string;
  /** Target resources (RFC 8707). */
  readonly resources?: string[];
  /** JSON. */
  readonly requestContext?: string;
  readonly authorizationDetails?: RequestedDetails;
}

/** The `authorization_details` of a request (RFC 9396), as the client and as Authlete write them. */
export interface RequestedDetails {
  /** For the token response (RFC 9396, section 7). */
  readonly elements: readonly object[];
  readonly forApi: AuthorizationDetails;
}
