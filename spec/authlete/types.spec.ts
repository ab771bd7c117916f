import { describe, expect, it } from '@jest/globals';
import {
  type AuthenticationRequest,
  type AuthleteApi,
  type AuthleteClientConfig,
  BackchannelAuthenticationAction,
  BackchannelAuthenticationCompleteAction,
  BackchannelAuthenticationCompleteResult,
  BackchannelAuthenticationFailAction,
  BackchannelAuthenticationIssueAction,
  BackchannelAuthenticationResponse,
  ClientAuthMethod,
  DeliveryMode,
  GrantManagementAction,
  IntrospectionAction,
  type JudgedTokenRequest,
  Reason,
  TokenAction,
  type TokenResponse,
  UserIdentificationHintType,
} from 'ciba-backchannel';

describe('The constant object of the enum', () => {
  it.each<[string, object, string]>([
    [
      'BackchannelAuthenticationAction',
      BackchannelAuthenticationAction,
      'BAD_REQUEST UNAUTHORIZED INTERNAL_SERVER_ERROR USER_IDENTIFICATION',
    ],
    [
      'BackchannelAuthenticationIssueAction',
      BackchannelAuthenticationIssueAction,
      'OK INTERNAL_SERVER_ERROR INVALID_TICKET',
    ],
    [
      'BackchannelAuthenticationFailAction',
      BackchannelAuthenticationFailAction,
      'BAD_REQUEST FORBIDDEN INTERNAL_SERVER_ERROR',
    ],
    [
      'BackchannelAuthenticationCompleteAction',
      BackchannelAuthenticationCompleteAction,
      'NOTIFICATION NO_ACTION SERVER_ERROR',
    ],
    [
      'BackchannelAuthenticationCompleteResult',
      BackchannelAuthenticationCompleteResult,
      'AUTHORIZED ACCESS_DENIED TRANSACTION_FAILED',
    ],
    [
      'TokenAction',
      TokenAction,
      'OK BAD_REQUEST INVALID_CLIENT INTERNAL_SERVER_ERROR ID_TOKEN_REISSUABLE PASSWORD TOKEN_EXCHANGE JWT_BEARER NATIVE_SSO',
    ],
    ['IntrospectionAction', IntrospectionAction, 'OK BAD_REQUEST UNAUTHORIZED FORBIDDEN INTERNAL_SERVER_ERROR'],
    [
      'Reason',
      Reason,
      'ACCESS_DENIED EXPIRED_LOGIN_HINT_TOKEN INVALID_BINDING_MESSAGE INVALID_TARGET INVALID_USER_CODE MISSING_USER_CODE SERVER_ERROR UNAUTHORIZED_CLIENT UNKNOWN_USER_ID',
    ],
    ['DeliveryMode', DeliveryMode, 'POLL PING PUSH'],
    ['UserIdentificationHintType', UserIdentificationHintType, 'LOGIN_HINT LOGIN_HINT_TOKEN ID_TOKEN_HINT'],
    [
      'ClientAuthMethod',
      ClientAuthMethod,
      'NONE CLIENT_SECRET_BASIC CLIENT_SECRET_POST CLIENT_SECRET_JWT PRIVATE_KEY_JWT TLS_CLIENT_AUTH SELF_SIGNED_TLS_CLIENT_AUTH ATTEST_JWT_CLIENT_AUTH',
    ],
    ['GrantManagementAction', GrantManagementAction, 'CREATE QUERY REPLACE REVOKE MERGE'],
  ])('%s names each value by itself', (_, constants, names) => {
    expect(constants).toEqual(Object.fromEntries(names.split(' ').map((name) => [name, name])));
  });
});

/*
 * What follows is checked by the compiler: each line without a complaint has to compile, and each with one has to fail.
 * The functions are never called.
 */
describe('The types', () => {
  it('are checked by the compiler', () => {
    expect([enums, clientIds, absence, unknownFields, requests, hooksSee, tokenHooksSee, configurations]).toHaveLength(
      8,
    );
  });
});

function enums() {
  const fromConstant: DeliveryMode = DeliveryMode.PING;
  const fromText: DeliveryMode = 'PING';
  // @ts-expect-error no such delivery mode
  const wrong: DeliveryMode = 'ping';
  // @ts-expect-error constants cannot be assigned to
  DeliveryMode.PING = 'PUSH';
  return [fromConstant, fromText, wrong];
}

function clientIds(response: BackchannelAuthenticationResponse) {
  const digits: string | null | undefined = response.clientId;
  // @ts-expect-error never a number
  const number: number = response.clientId ?? '';
  // @ts-expect-error may be absent
  const there: string = response.clientId;
  return [digits, number, there];
}

function absence() {
  const parsed = BackchannelAuthenticationResponse.fromJson('null');
  // @ts-expect-error may be null
  parsed.action;
  BackchannelAuthenticationResponse.fromJson(undefined);
  // @ts-expect-error there is nothing to write
  BackchannelAuthenticationResponse.toJson(null);
}

function unknownFields(response: TokenResponse) {
  // @ts-expect-error kept, but not declared: a misspelling must not compile
  response.acessToken;
  return (response as TokenResponse & { newField?: string }).newField;
}

async function requests(authlete: AuthleteApi) {
  await authlete.backchannelAuthentication({ parameters: '' }, { signal: AbortSignal.timeout(1) });
  // @ts-expect-error parameters are mandatory
  await authlete.backchannelAuthentication({});
  // @ts-expect-error a client id in a request is a string
  await authlete.token({ parameters: '', clientId: 1 });
  await authlete.backchannelAuthenticationFail({ ticket: '', reason: 'ACCESS_DENIED' });
  // @ts-expect-error no such reason
  await authlete.backchannelAuthenticationFail({ ticket: '', reason: 'access_denied' });
  await authlete.backchannelAuthenticationComplete({ ticket: '', result: 'AUTHORIZED', subject: '' });
  // @ts-expect-error the subject is sent with every result
  await authlete.backchannelAuthenticationComplete({ ticket: '', result: 'ACCESS_DENIED' });
  // @ts-expect-error claims are JSON in a string
  await authlete.backchannelAuthenticationComplete({ ticket: '', result: 'AUTHORIZED', subject: '', claims: {} });
  const { issuer }: { issuer: string } = await authlete.configuration();
  const { keys } = await authlete.jwks({});
  return [issuer, keys[0]?.kid];
}

function hooksSee(request: AuthenticationRequest) {
  const always: string[] = [request.clientId, request.hint, request.hintType, request.deliveryMode];
  const scopes: string[] = request.scopes.map(({ name }) => name);
  const { bindingMessage } = request;
  const absent: string | undefined = bindingMessage;
  // @ts-expect-error no hook needs it
  request.ticket;
  // @ts-expect-error no hook needs it
  request.clientNotificationToken;
  return [always, scopes, absent];
}

function tokenHooksSee(request: JudgedTokenRequest) {
  const action: TokenAction = request.action;
  const absent: (string | undefined)[] = [request.subject, request.subjectTokenInfo?.subject];
  const scopes: string[] | undefined = request.actorTokenInfo?.scopes;
  return [action, absent, scopes];
}

function configurations(): AuthleteClientConfig[] {
  const baseUrl = '';
  return [
    { baseUrl, serviceId: '', accessToken: '' },
    { baseUrl, apiKey: '', apiSecret: '', timeout: 1, connections: 1, maxResponseBytes: 1, tls: { ca: [''] } },
    // @ts-expect-error half the credentials
    { baseUrl, serviceId: '' },
    // @ts-expect-error both kinds
    { baseUrl, serviceId: '', accessToken: '', apiKey: '', apiSecret: '' },
    // @ts-expect-error a service id is a string, for it may be too large for a number
    { baseUrl, serviceId: 1, accessToken: '' },
  ];
}
