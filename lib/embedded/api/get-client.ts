import type { ClientAuthMethod, DeliveryMode, Pair } from '../../authlete/types/common-types.js';
import { type Client, grantTypes } from '../client/client.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';

/** A client as Authlete's `/client/get` API describes it, without its secret. */
export interface ClientDescription {
  /** Digits. */
  clientId: string;
  clientIdAlias?: string;
  clientIdAliasEnabled: boolean;
  clientName?: string;
  clientType: 'CONFIDENTIAL' | 'PUBLIC';
  grantTypes: string[];
  tokenAuthMethod: ClientAuthMethod;
  idTokenSignAlg: string;
  /** As Authlete names them: `RSA_OAEP_256`. */
  idTokenEncryptionAlg?: string;
  idTokenEncryptionEnc?: string;
  subjectType: 'PUBLIC' | 'PAIRWISE';
  tlsClientCertificateBoundAccessTokens: boolean;
  dpopRequired: boolean;
  /** `POLL`, `PING` or `PUSH`. */
  bcDeliveryMode?: DeliveryMode;
  bcNotificationEndpoint?: string;
  bcRequestSignAlg?: string;
  bcUserCodeRequired: boolean;
  authorizationDetailsTypes?: string[];
  attributes?: Pair[];
}

/**
 * `/client/get/{id}`: describes a client.
 *
 * @param id its number or its alias
 * @throws ProtocolError when there is no such client
 */
export async function getClient({ clients }: Engine, id: string): Promise<ClientDescription> {
  const client = clients.get(id);
  if (client === undefined) throw new ProtocolError('E180201', 'server_error', 'there is no such client');
  return describe(client);
}

function describe(client: Client): ClientDescription {
  const described: ClientDescription = {
    clientId: client.number,
    clientIdAliasEnabled: client.alias !== undefined,
    clientType: client.authMethod === 'NONE' ? 'PUBLIC' : 'CONFIDENTIAL',
    grantTypes: [...client.grantTypes].flatMap((grantType) => grantTypes[grantType] ?? []),
    tokenAuthMethod: client.authMethod,
    idTokenSignAlg: client.idTokenKey.alg,
    subjectType: client.sector === undefined ? 'PUBLIC' : 'PAIRWISE',
    tlsClientCertificateBoundAccessTokens: client.boundTokens,
    dpopRequired: client.dpopBound,
    bcUserCodeRequired: client.userCodeRequired,
  };
  if (client.idTokenEncryption !== undefined) {
    described.idTokenEncryptionAlg = client.idTokenEncryption.alg.replace(/[-+]/g, '_');
    described.idTokenEncryptionEnc = client.idTokenEncryption.enc;
  }
  if (client.alias !== undefined) described.clientIdAlias = client.alias;
  if (client.name !== undefined) described.clientName = client.name;
  if (client.deliveryMode !== undefined) described.bcDeliveryMode = client.deliveryMode;
  if (client.notificationEndpoint !== undefined) described.bcNotificationEndpoint = client.notificationEndpoint;
  const [alg, ...others] = client.requestAlgorithms ?? [];
  if (alg !== undefined && others.length === 0) described.bcRequestSignAlg = alg;
  if (client.authorizationDetailsTypes !== undefined) {
    described.authorizationDetailsTypes = [...client.authorizationDetailsTypes];
  }
  if (client.attributes.length > 0) described.attributes = client.attributes.map((pair) => ({ ...pair }));
  return described;
}
