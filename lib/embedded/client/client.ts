import type { JWTVerifyGetKey } from 'jose';
import type { ClientAuthMethod, ClientFields, DeliveryMode, Pair } from '../../authlete/types/common-types.js';
import type { Settings } from '../settings/settings.js';
import type { SigningKey } from '../settings/signing-keys.js';
import type { SubjectMatch } from './certificate-subject.js';
import type { IdTokenEncryption } from './encryption.js';
import type { ClientKeys } from './keys.js';

export const cibaGrantType = 'urn:openid:params:grant-type:ciba';
export const refreshGrantType = 'refresh_token';
export const clientCredentialsGrantType = 'client_credentials';
export const passwordGrantType = 'password';
export const jwtBearerGrantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const tokenExchangeGrantType = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** The grants of the token endpoint, and how Authlete names them. */
export const grantTypes: Readonly<Record<string, string>> = {
  [cibaGrantType]: 'CIBA',
  [refreshGrantType]: 'REFRESH_TOKEN',
  [clientCredentialsGrantType]: 'CLIENT_CREDENTIALS',
  [passwordGrantType]: 'PASSWORD',
  [jwtBearerGrantType]: 'JWT_BEARER',
  [tokenExchangeGrantType]: 'TOKEN_EXCHANGE',
};

/** A registered client. */
export interface Client {
  /** Digits. */
  readonly number: string;
  readonly alias?: string;
  readonly name?: string;
  readonly authMethod: ClientAuthMethod;
  /** SHA-256 of the secret. */
  readonly secretHash?: Buffer;
  /** For `private_key_jwt` and `client_secret_jwt`: how assertions may be signed. */
  readonly assertion?: { readonly algorithms: readonly string[]; readonly keys: JWTVerifyGetKey };
  /** Absent: the client registered none. */
  readonly keys?: ClientKeys;
  /** For `tls_client_auth`. */
  readonly isSubject?: SubjectMatch;
  readonly grantTypes: ReadonlySet<string>;
  /** Absent: every registered scope. */
  readonly scopes?: ReadonlySet<string>;
  /** Absent: no CIBA. */
  readonly deliveryMode?: DeliveryMode;
  readonly notificationEndpoint?: string;
  /** How its requests may be signed. Absent: it does not sign them. */
  readonly requestAlgorithms?: readonly string[];
  readonly mustSignRequests: boolean;
  /** Whether its access tokens are bound to its certificate (RFC 8705, section 3). */
  readonly boundTokens: boolean;
  /** Whether its access tokens are always bound to its own key (RFC 9449, section 5.2). */
  readonly dpopBound: boolean;
  readonly userCodeRequired: boolean;
  /** Absent: any type. */
  readonly authorizationDetailsTypes?: ReadonlySet<string>;
  /** Signs its ID tokens. */
  readonly idTokenKey: SigningKey;
  /** Absent: its ID tokens are not encrypted. */
  readonly idTokenEncryption?: IdTokenEncryption;
  /** Clients of one sector get the same `sub` for a user. Absent: the client gets the public `sub`. */
  readonly sector?: string;
  /** Attributes as in Authlete, for hooks of the host. */
  readonly attributes: readonly Pair[];
}

/** The ids that a client may use for itself. */
export function clientIds({ number, alias }: Client): readonly string[] {
  return alias === undefined ? [number] : [number, alias];
}

/** How the responses name the client. */
export function clientFields(
  { serviceAttributes }: Settings,
  { number, alias, attributes }: Client,
  idUsed: string,
): ClientFields {
  const fields: ClientFields = { clientId: number };
  if (alias !== undefined) fields.clientIdAlias = alias;
  fields.clientIdAliasUsed = idUsed === alias;
  if (serviceAttributes.length > 0) fields.serviceAttributes = serviceAttributes.map((pair) => ({ ...pair }));
  if (attributes.length > 0) fields.clientAttributes = attributes.map((pair) => ({ ...pair }));
  return fields;
}
