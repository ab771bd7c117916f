import type { DynamicScope, Scope, UserIdentificationHintType } from '../../authlete/types/common-types.js';

/** The parameters of a valid backchannel authentication request. */
export interface AcceptedRequest {
  readonly hintType: UserIdentificationHintType;
  readonly hint: string;
  /** Without those that are not registered for the service or the client. */
  readonly scopes: readonly Scope[];
  /** The requested scopes that are parameterised. */
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
  /** Which scopes and ACRs were dropped. */
  readonly warnings: readonly string[];
  /** JSON. */
  readonly requestContext?: string;
  /** JSON (RFC 9396). */
  readonly authorizationDetails?: string;
}
