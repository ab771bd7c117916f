import type { JWTVerifyGetKey } from 'jose';
import type { ClientAuthMethod, ClientFields, DeliveryMode } from '../../authlete/common-types.js';
import type { SigningKey } from '../settings/signing-keys.js';
import type { SubjectMatch } from './certificate.js';
import type { ClientKeys } from './keys.js';

export const cibaGrantType = 'urn:openid:params:grant-type:ciba';
export const refreshGrantType = 'refresh_token';
export const clientCredentialsGrantType = 'client_credentials';

/** A registered client. */
export interface Client {
  /** Digits. */
  readonly number: string;
  readonly alias?: string;
  readonly name?: string;
  readonly authMethod: ClientAuthMethod;
  /** SHA-256 of the secret. */
  readonly secretHash?: Buffer;
  /** Of `private_key_jwt` and `client_secret_jwt`: how assertions may be signed. */
  readonly assertion?: { readonly algorithms: readonly string[]; readonly keys: JWTVerifyGetKey };
  /** Absent: it registered none. */
  readonly keys?: ClientKeys;
  /** Of `tls_client_auth`. */
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
  readonly userCodeRequired: boolean;
  /** Absent: any type. */
  readonly authorizationDetailsTypes?: ReadonlySet<string>;
  /** Signs its ID tokens. */
  readonly idTokenKey: SigningKey;
}

/** The ids by which a client may call itself. */
export function clientIds({ number, alias }: Client): readonly string[] {
  return alias === undefined ? [number] : [number, alias];
}

/** How the responses name the client. */
export function clientFields(client: Client, idUsed: string): ClientFields & { clientName?: string } {
  const fields: ClientFields & { clientName?: string } = { clientId: client.number };
  if (client.alias !== undefined) fields.clientIdAlias = client.alias;
  fields.clientIdAliasUsed = idUsed === client.alias;
  if (client.name !== undefined) fields.clientName = client.name;
  return fields;
}
