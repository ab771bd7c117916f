import type { IntrospectionResponse } from '../authlete/types/introspection.js';
import { type UnpackedDetail, unpackDetail } from '../authlete/unpack-detail.js';

/** The party that acts for the subject (RFC 8693, section 4.1), and in a chain the party that it acts for. */
export interface Act {
  sub: string;
  iss?: string;
  act?: Act;
}

/** What an access token lets its client do. */
export interface AccessToken {
  /** The user; absent where the client acts for itself (`client_credentials`). */
  subject?: string;
  clientId: string;
  /** The textual client id, where the client has one. */
  clientIdAlias?: string;
  scopes: string[];
  /** What was approved in detail, as the client wrote it (RFC 9396). */
  authorizationDetails: UnpackedDetail[];
  /** The agent that acts for the user, if it is not the client itself. */
  act?: Act;
  /** How the user was authenticated. */
  acr?: string;
  /** When the user was authenticated. */
  authTime?: Date;
  expiresAt: Date;
}

/** @throws SyntaxError when a property `act` or an authorization detail is not what Authlete sends */
export function accessToken(answer: IntrospectionResponse): AccessToken {
  const { subject, clientId, clientIdAlias, scopes, authorizationDetails, acr, authTime, expiresAt } = answer;
  const act = actOf(answer);
  return {
    ...(subject && { subject }),
    clientId: clientId ?? '',
    ...(clientIdAlias && { clientIdAlias }),
    scopes: scopes ?? [],
    authorizationDetails: authorizationDetails?.elements?.map(unpackDetail) ?? [],
    ...(act && { act }),
    ...(acr && { acr }),
    ...(authTime && { authTime: new Date(authTime * 1000) }),
    expiresAt: new Date(expiresAt ?? 0),
  };
}

/** A property of the token, which opaque tokens and JWTs have alike. */
function actOf({ properties }: IntrospectionResponse): Act | undefined {
  const value = properties?.find(({ key }) => key === 'act')?.value;
  if (!value) return undefined;
  const act: unknown = JSON.parse(value);
  if (typeof (act as Partial<Act> | null)?.sub !== 'string') throw new SyntaxError('the property act has no sub');
  return act as Act;
}
