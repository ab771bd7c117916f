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
  /** The user; absent if the client acts for itself (`client_credentials`). */
  subject?: string;
  clientId: string;
  /** The textual client id, if the client has one. */
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
  // Members are set, not spread: this runs for every request, and V8 makes a hidden class for each spread.
  const token: AccessToken = {
    clientId: clientId ?? '',
    scopes: scopes ?? [],
    authorizationDetails: authorizationDetails?.elements?.map(unpackDetail) ?? [],
    expiresAt: new Date(expiresAt ?? 0),
  };
  if (subject) token.subject = subject;
  if (clientIdAlias) token.clientIdAlias = clientIdAlias;
  const act = actOf(answer);
  if (act) token.act = act;
  if (acr) token.acr = acr;
  if (authTime) token.authTime = new Date(authTime * 1000);
  return token;
}

/** Reads a property of the token, since both opaque tokens and JWTs have properties. */
function actOf({ properties }: IntrospectionResponse): Act | undefined {
  const value = properties?.find(({ key }) => key === 'act')?.value;
  if (!value) return undefined;
  const act: unknown = JSON.parse(value);
  if (typeof (act as Partial<Act> | null)?.sub !== 'string') throw new SyntaxError('the property act has no sub');
  return act as Act;
}
