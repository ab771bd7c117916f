import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { FapiClient } from '../../examples/fapi/clients-file.js';
import type { KeyAndCertificate } from '../../examples/fapi/self-signed.js';
import type { Client } from './clients.js';
import type { FapiRun } from './fapi-run.js';

/** An answer, as `spec/support/answers.ts` takes it. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  text: string;
  /** The parsed text, where it is JSON. */
  body: Record<string, unknown>;
}

export interface Sending {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  form?: Record<string, string>;
  json?: object;
  certificate?: KeyAndCertificate;
}

/** Sends a request, over a connection with a client certificate where there is one. */
export async function send(run: FapiRun, url: string, sending: Sending = {}): Promise<Answer> {
  const { method = 'GET', headers, form, json: object, certificate } = sending;
  const { origin, pathname, search } = new URL(url);
  const answer = await run.agent(certificate).request({
    origin,
    path: pathname + search,
    method,
    headers: {
      ...headers,
      ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(object && { 'content-type': 'application/json' }),
    },
    body: object ? JSON.stringify(object) : form && new URLSearchParams(form).toString(),
  });
  const text = await answer.body.text();
  const json = /^application\/json/.test(String(answer.headers['content-type']));
  return {
    status: answer.statusCode,
    headers: answer.headers as Answer['headers'],
    text,
    body: json ? JSON.parse(text) : {},
  };
}

/** Makes a JWS of claims. */
export type Signer = (claims: JWTPayload) => string | Promise<string>;

export function signer(key: JWK, header: Partial<JWTHeaderParameters> = {}): Signer {
  const { alg = 'PS256', kid } = key;
  const protectedHeader = { alg, kid, ...header };
  return async (claims) =>
    new SignJWT(claims).setProtectedHeader(protectedHeader).sign(await importJWK(key, protectedHeader.alg));
}

/** How a client shows who it is. */
export interface Credentials {
  form: Record<string, string>;
  certificate?: KeyAndCertificate;
}

/** Its credentials as it is registered; `assertion` changes the claims of the assertion, `sign` who signs it. */
export async function credentialsOf(
  run: FapiRun,
  client: Client,
  { assertion, sign = signer(client.key) }: { assertion?: JWTPayload; sign?: Signer } = {},
): Promise<Credentials> {
  const { id, certificate } = client;
  if (client.authMethod === 'mtls') return { form: { client_id: id }, certificate };
  const [now, aud] = [run.now(), run.audience];
  const claims = { iss: id, sub: id, aud, jti: randomUUID(), iat: now, exp: now + 60, ...assertion };
  return {
    form: {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await sign(claims),
    },
    certificate,
  };
}

/** Claims of a request object as a well-behaved client makes it. */
export function requestClaims(run: FapiRun, client: Client): JWTPayload {
  const now = run.now();
  return {
    iss: client.id,
    aud: run.issuer,
    iat: now,
    nbf: now,
    exp: now + 300,
    jti: randomUUID(),
    scope: client.scope,
    login_hint: client.loginHint,
    binding_message: '1234',
    acr_values: client.acr,
    client_notification_token: client.mode === 'ping' ? notificationToken(client) : undefined,
  };
}

export function notificationToken({ id }: Client): string {
  return `token-of-${id}`;
}

export interface Asking {
  /** Changes the claims of the request object; `undefined` takes one away. */
  claims?: JWTPayload;
  /** Signs it; the client, if not given. */
  sign?: Signer;
  /** In place of `request`. */
  form?: Record<string, string>;
  credentials?: Credentials;
}

/** Sends a backchannel authentication request. */
export async function ask(run: FapiRun, client: Client, asking: Asking = {}): Promise<Answer> {
  const { claims, sign = signer(client.key), credentials = await credentialsOf(run, client) } = asking;
  const form = asking.form ?? { request: await sign({ ...requestClaims(run, client), ...claims }) };
  return send(run, run.metadata.backchannel_authentication_endpoint, {
    method: 'POST',
    form: { ...form, ...credentials.form },
    certificate: credentials.certificate,
  });
}

/** Sends a token request. */
export async function requestToken(
  run: FapiRun,
  client: Client,
  form: Record<string, string>,
  credentials?: Credentials,
): Promise<Answer> {
  const { form: own, certificate } = credentials ?? (await credentialsOf(run, client));
  return send(run, run.metadata.token_endpoint, { method: 'POST', form: { ...form, ...own }, certificate });
}

/** Asks for the tokens of a request. */
export function poll(run: FapiRun, client: Client, authReqId: string, credentials?: Credentials): Promise<Answer> {
  const form = { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: authReqId };
  return requestToken(run, client, form, credentials);
}

/** Decides for the user, as the suite does it, and waits until the server has noted it. */
export async function decide(run: FapiRun, authReqId: string, action: 'allow' | 'deny'): Promise<Answer> {
  const completed = run.next('completed');
  const query = new URLSearchParams({ auth_req_id: authReqId, action });
  const answer = await send(run, `${run.issuer}/simulator/decide?${query}`, { method: 'POST' });
  if (answer.status === 204) await completed;
  return answer;
}

/** Uses an access token. */
export function getAccounts(
  run: FapiRun,
  token: string,
  { certificate, headers }: { certificate?: KeyAndCertificate; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const authorization = `Bearer ${token}`;
  return send(run, `${run.issuer}/accounts`, { certificate, headers: { authorization, ...headers } });
}

/** Registers a client as the suite does (RFC 7591), without a scope, and gives its id. */
export async function registerClient(
  run: FapiRun,
  { client_id: _, scope: __, ...metadata }: FapiClient,
): Promise<string> {
  const { status, body } = await send(run, String(run.metadata.registration_endpoint), {
    method: 'POST',
    headers: { authorization: 'Bearer initial' },
    json: { ...metadata, response_types: [], id_token_signed_response_alg: 'PS256' },
  });
  if (status !== 201) throw new Error(`the registration was answered with ${JSON.stringify(body)}`);
  return body.client_id as string;
}

/** Announces what a client wants, with an access token of its own. */
export async function announce(run: FapiRun, client: Client, path: string, scope: string, json: object) {
  const { body } = await requestToken(run, client, { grant_type: 'client_credentials', scope });
  return send(run, `${run.issuer}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${body.access_token}`, 'x-fapi-interaction-id': 'an-id' },
    json,
    certificate: client.certificate,
  });
}
