import { z } from 'zod/v4'; // Node loads it, once for all suites: see runtime.js

/*
 * The responses of the Authlete Web API, as its published OpenAPI description has them: every member, and no other. What
 * is not in it breaks libraries that refuse what they do not know (Jackson, in Java), and so does `null` for an absent
 * member (Authlete's TypeScript SDK).
 */

const text = z.string();
const texts = z.array(text);
const flag = z.boolean();
/** Seconds or milliseconds: integers that a JavaScript number holds. */
const integer = z.int();
/** In objects a string of digits, on the wire a number. Authlete's own have at most fourteen digits. */
const int64 = z.string().regex(/^[1-9]\d{0,18}$/);

const pair = z.strictObject({ key: text, value: text });
const property = z.strictObject({ key: text, value: text, hidden: flag.optional() });
const scope = z.strictObject({
  name: text,
  defaultEntry: flag.optional(),
  description: text.optional(),
  descriptions: z.array(z.strictObject({ tag: text, value: text })).optional(),
  attributes: z.array(pair).optional(),
});
const authorizationDetails = z.strictObject({
  elements: z.array(
    z.strictObject({
      type: text,
      locations: texts.optional(),
      actions: texts.optional(),
      dataTypes: texts.optional(),
      identifier: text.optional(),
      privileges: texts.optional(),
      otherFields: text.optional(),
    }),
  ),
});
const deliveryMode = z.enum(['POLL', 'PING', 'PUSH']);
const clientAuthMethod = z.enum([
  'NONE',
  'CLIENT_SECRET_BASIC',
  'CLIENT_SECRET_POST',
  'CLIENT_SECRET_JWT',
  'PRIVATE_KEY_JWT',
  'TLS_CLIENT_AUTH',
  'SELF_SIGNED_TLS_CLIENT_AUTH',
  'ATTEST_JWT_CLIENT_AUTH',
]);
const grantType = z.enum(['CIBA', 'REFRESH_TOKEN', 'CLIENT_CREDENTIALS', 'PASSWORD', 'JWT_BEARER', 'TOKEN_EXCHANGE']);
const tokenType = z.enum(['JWT', 'ACCESS_TOKEN', 'REFRESH_TOKEN', 'ID_TOKEN', 'SAML1', 'SAML2']);
const tokenInfo = z.strictObject({
  clientId: z.string(),
  clientIdAlias: z.string().optional(),
  clientIdAliasUsed: z.boolean().optional(),
  subject: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  expiresAt: z.int().optional(),
  properties: z.array(property).optional(),
  resources: z.array(z.string()).optional(),
  authorizationDetails: authorizationDetails.optional(),
});

const call = { resultCode: z.string().regex(/^E\d{6}$/), resultMessage: text };
const client = {
  clientId: int64.optional(),
  clientIdAlias: text.optional(),
  clientIdAliasUsed: flag.optional(),
  clientEntityId: text.optional(),
  clientEntityIdUsed: flag.optional(),
  serviceAttributes: z.array(pair).optional(),
  clientAttributes: z.array(pair).optional(),
};
const tokens = {
  accessToken: text.optional(),
  accessTokenDuration: integer.optional(),
  refreshToken: text.optional(),
  refreshTokenDuration: integer.optional(),
  idToken: text.optional(),
  jwtAccessToken: text.optional(),
  resources: texts.optional(),
  authorizationDetails: authorizationDetails.optional(),
  grantId: text.optional(),
};

const registration = z.strictObject({
  ...call,
  action: z.enum(['CREATED', 'OK', 'UPDATED', 'DELETED', 'BAD_REQUEST', 'UNAUTHORIZED', 'INTERNAL_SERVER_ERROR']),
  responseContent: text.optional(),
});

export const responses = {
  clientRegistration: registration,
  clientRegistrationGet: registration,
  clientRegistrationUpdate: registration,
  clientRegistrationDelete: registration,
  backchannelAuthentication: z.strictObject({
    ...call,
    ...client,
    action: z.enum(['BAD_REQUEST', 'UNAUTHORIZED', 'INTERNAL_SERVER_ERROR', 'USER_IDENTIFICATION']),
    responseContent: text.optional(),
    clientName: text.optional(),
    scopes: z.array(scope).optional(),
    dynamicScopes: z.array(z.strictObject({ name: text, value: text })).optional(),
    claimNames: texts.optional(),
    clientNotificationToken: text.optional(),
    acrs: texts.optional(),
    hintType: z.enum(['LOGIN_HINT', 'LOGIN_HINT_TOKEN', 'ID_TOKEN_HINT']).optional(),
    hint: text.optional(),
    sub: text.optional(),
    bindingMessage: text.optional(),
    userCode: text.optional(),
    userCodeRequired: flag.optional(),
    requestedExpiry: integer.optional(),
    requestContext: text.optional(),
    warnings: texts.optional(),
    ticket: text.optional(),
    resources: texts.optional(),
    authorizationDetails: authorizationDetails.optional(),
    deliveryMode: deliveryMode.optional(),
    clientAuthMethod: clientAuthMethod.optional(),
  }),
  backchannelAuthenticationIssue: z.strictObject({
    ...call,
    action: z.enum(['OK', 'INTERNAL_SERVER_ERROR', 'INVALID_TICKET']),
    responseContent: text,
    authReqId: text.optional(),
    expiresIn: integer.optional(),
    interval: integer.optional(),
  }),
  backchannelAuthenticationFail: z.strictObject({
    ...call,
    action: z.enum(['BAD_REQUEST', 'FORBIDDEN', 'INTERNAL_SERVER_ERROR']),
    responseContent: text,
  }),
  backchannelAuthenticationComplete: z.strictObject({
    ...call,
    ...client,
    ...tokens,
    action: z.enum(['NOTIFICATION', 'NO_ACTION', 'SERVER_ERROR']),
    responseContent: text.optional(),
    clientName: text.optional(),
    deliveryMode: deliveryMode.optional(),
    clientNotificationEndpoint: text.optional(),
    clientNotificationToken: text.optional(),
    authReqId: text.optional(),
    idTokenDuration: integer.optional(),
  }),
  token: z.strictObject({
    ...call,
    ...client,
    ...tokens,
    action: z.enum([
      'OK',
      'BAD_REQUEST',
      'INVALID_CLIENT',
      'INTERNAL_SERVER_ERROR',
      'ID_TOKEN_REISSUABLE',
      'PASSWORD',
      'JWT_BEARER',
      'TOKEN_EXCHANGE',
    ]),
    responseContent: text.optional(),
    username: text.optional(),
    password: text.optional(),
    ticket: text.optional(),
    assertion: text.optional(),
    audiences: texts.optional(),
    requestedTokenType: tokenType.optional(),
    subjectToken: text.optional(),
    subjectTokenType: tokenType.optional(),
    subjectTokenInfo: tokenInfo.optional(),
    actorToken: text.optional(),
    actorTokenType: tokenType.optional(),
    actorTokenInfo: tokenInfo.optional(),
    accessTokenExpiresAt: integer.optional(),
    refreshTokenExpiresAt: integer.optional(),
    grantType: grantType.optional(),
    subject: text.optional(),
    scopes: texts.optional(),
    properties: z.array(property).optional(),
    accessTokenResources: texts.optional(),
    clientAuthMethod: clientAuthMethod.optional(),
    dpopNonce: text.optional(),
  }),
  tokenRevoke: z.strictObject({ ...call, count: integer }),
  introspection: z.strictObject({
    ...call,
    ...client,
    action: z.enum(['OK', 'BAD_REQUEST', 'UNAUTHORIZED', 'FORBIDDEN', 'INTERNAL_SERVER_ERROR']),
    responseContent: text,
    expiresAt: integer.optional(),
    subject: text.optional(),
    scopes: texts.optional(),
    scopeDetails: z.array(scope).optional(),
    existent: flag.optional(),
    usable: flag.optional(),
    sufficient: flag.optional(),
    refreshable: flag.optional(),
    properties: z.array(property).optional(),
    certificateThumbprint: text.optional(),
    resources: texts.optional(),
    accessTokenResources: texts.optional(),
    authorizationDetails: authorizationDetails.optional(),
    grantId: text.optional(),
    consentedClaims: texts.optional(),
    grantType: grantType.optional(),
    acr: text.optional(),
    authTime: integer.optional(),
    dpopNonce: text.optional(),
  }),
  standardIntrospection: z.strictObject({
    ...call,
    action: z.enum(['OK', 'BAD_REQUEST', 'INTERNAL_SERVER_ERROR']),
    responseContent: text,
  }),
  revocation: z.strictObject({
    ...call,
    action: z.enum(['OK', 'BAD_REQUEST', 'INVALID_CLIENT', 'INTERNAL_SERVER_ERROR']),
    responseContent: text.optional(),
  }),
  userinfo: z.strictObject({
    ...call,
    ...client,
    action: z.enum(['OK', 'BAD_REQUEST', 'UNAUTHORIZED', 'FORBIDDEN', 'INTERNAL_SERVER_ERROR']),
    responseContent: text,
    dpopNonce: text.optional(),
    claims: texts.optional(),
    scopes: texts.optional(),
    subject: text.optional(),
    token: text.optional(),
    properties: z.array(property).optional(),
    consentedClaims: texts.optional(),
  }),
  userinfoIssue: z.strictObject({
    ...call,
    action: z.enum(['JSON', 'BAD_REQUEST', 'UNAUTHORIZED', 'FORBIDDEN', 'INTERNAL_SERVER_ERROR']),
    responseContent: text,
  }),
  getClient: z.strictObject({
    clientId: int64,
    clientIdAlias: text.optional(),
    clientIdAliasEnabled: flag,
    clientName: text.optional(),
    clientType: z.enum(['CONFIDENTIAL', 'PUBLIC']),
    grantTypes: z.array(grantType),
    tokenAuthMethod: clientAuthMethod,
    idTokenSignAlg: text,
    idTokenEncryptionAlg: z
      .enum(['RSA_OAEP', 'RSA_OAEP_256', 'ECDH_ES', 'ECDH_ES_A128KW', 'ECDH_ES_A192KW', 'ECDH_ES_A256KW'])
      .optional(),
    idTokenEncryptionEnc: z.enum(['A128GCM', 'A256GCM']).optional(),
    subjectType: z.enum(['PUBLIC', 'PAIRWISE']),
    tlsClientCertificateBoundAccessTokens: flag,
    dpopRequired: flag,
    bcDeliveryMode: deliveryMode.optional(),
    bcNotificationEndpoint: text.optional(),
    bcRequestSignAlg: text.optional(),
    bcUserCodeRequired: flag,
    authorizationDetailsTypes: texts.optional(),
    attributes: z.array(pair).optional(),
  }),
};
