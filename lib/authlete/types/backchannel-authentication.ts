import { parseApiResponse, stringifyApiResponse } from '../../json/api-response.js';
import type {
  ApiResponse,
  AuthorizationDetails,
  CimdOptions,
  ClientAuthMethod,
  ClientCredentials,
  ClientFields,
  DeliveryMode,
  DynamicScope,
  Grant,
  GrantManagementAction,
  Scope,
  UserIdentificationHintType,
} from './common-types.js';

/** What the backchannel authentication endpoint has to do next. */
export const BackchannelAuthenticationAction = {
  BAD_REQUEST: 'BAD_REQUEST',
  UNAUTHORIZED: 'UNAUTHORIZED',
  INTERNAL_SERVER_ERROR: 'INTERNAL_SERVER_ERROR',
  USER_IDENTIFICATION: 'USER_IDENTIFICATION',
} as const;
export type BackchannelAuthenticationAction =
  (typeof BackchannelAuthenticationAction)[keyof typeof BackchannelAuthenticationAction];

/** Request to Authlete's `/backchannel/authentication` API. */
export interface BackchannelAuthenticationRequest extends ClientCredentials {
  /** The form of the client's request, exactly as it was sent. */
  parameters: string;
  cimdOptions?: CimdOptions | undefined;
}

/** Response from Authlete's `/backchannel/authentication` API. */
export interface BackchannelAuthenticationResponse extends ApiResponse, ClientFields {
  action: BackchannelAuthenticationAction;
  /** JSON for the client; none with `USER_IDENTIFICATION`. */
  responseContent?: string | null | undefined;
  /** Names this request in the calls that follow. Secret. */
  ticket?: string | null | undefined;
  clientName?: string | null | undefined;
  clientAuthMethod?: ClientAuthMethod | null | undefined;
  deliveryMode?: DeliveryMode | null | undefined;
  /** The requested scopes; unregistered ones have been dropped. */
  scopes?: Scope[] | null | undefined;
  dynamicScopes?: DynamicScope[] | null | undefined;
  /** Claims requested through scopes such as `email` (OpenID Connect Core 1.0, section 5.4). */
  claimNames?: string[] | null | undefined;
  /** Bearer token for the client's notification endpoint. Secret. */
  clientNotificationToken?: string | null | undefined;
  /** The requested ACRs in order of preference; unsupported ones have been dropped. */
  acrs?: string[] | null | undefined;
  hintType?: UserIdentificationHintType | null | undefined;
  /** Value of the hint that was sent. */
  hint?: string | null | undefined;
  /** `sub` of the `id_token_hint`. */
  sub?: string | null | undefined;
  bindingMessage?: string | null | undefined;
  userCode?: string | null | undefined;
  /** Whether both the service and the client require a user code. */
  userCodeRequired?: boolean | null | undefined;
  /** Seconds; 0 when absent. */
  requestedExpiry?: number | null | undefined;
  /** `request_context` of a signed request (FAPI-CIBA), as JSON. */
  requestContext?: string | null | undefined;
  /** Target resources (RFC 8707). */
  resources?: string[] | null | undefined;
  authorizationDetails?: AuthorizationDetails | null | undefined;
  gmAction?: GrantManagementAction | null | undefined;
  grantId?: string | null | undefined;
  grantSubject?: string | null | undefined;
  grant?: Grant | null | undefined;
  warnings?: string[] | null | undefined;
  attestationChallenge?: string | null | undefined;
}

/**
 * Reads and writes a `BackchannelAuthenticationResponse` as JSON without loss: `clientId` is a string
 * of digits in the object and a number in the JSON, other integers beyond 2^53 are `bigint`s, unknown fields are kept.
 *
 * @example
 * ```ts
 * const response = BackchannelAuthenticationResponse.fromJson('{"action":"USER_IDENTIFICATION","clientId":9007199254740993}');
 * response?.clientId; // '9007199254740993'
 * ```
 */
export const BackchannelAuthenticationResponse = {
  /**
   * Parses Authlete's JSON.
   *
   * @param text JSON; anything but a string becomes `null`, and so does the text `null`
   * @throws SyntaxError when the text is not JSON, or neither an object nor `null`
   */
  fromJson(text: unknown): BackchannelAuthenticationResponse | null {
    if (typeof text !== 'string') return null;
    return parseApiResponse<BackchannelAuthenticationResponse>(text);
  },

  /** Writes Authlete's JSON: nothing that {@link fromJson} read is lost. */
  toJson(value: BackchannelAuthenticationResponse): string {
    return stringifyApiResponse(value);
  },
};
