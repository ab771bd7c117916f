import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { expectAnswer } from '../support/answers.js';
import type { Client } from './clients.js';
import type { FapiRun } from './fapi-run.js';
import { type Answer, type Asking, ask, decide, poll, send } from './messages.js';

/** RFC 6749, sections 4.1.2.1 and 5.2, and CIBA Core 1.0, section 13: an error and nothing beside it. */
export function expectError(answer: Answer, status: number, error: string): void {
  const body = expectAnswer(answer, status);
  const { error_description: description, error_uri: uri, ...rest } = body;
  expect(rest).toEqual({ error });
  if (description !== undefined) expect(description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  if (uri !== undefined) expect(uri).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
}

/** CIBA Core 1.0, section 7.3. */
export function expectAcknowledgement(answer: Answer): { authReqId: string; expiresIn: number } {
  const { auth_req_id: authReqId, expires_in: expiresIn, interval, ...rest } = expectAnswer(answer, 200);
  // 160 bits at least, and characters that need no escaping.
  expect(authReqId).toMatch(/^[\w.-]{27,}$/);
  expect(expiresIn).toBeGreaterThan(0);
  expect(interval).toBe(5);
  expect(rest).toEqual({});
  return { authReqId: authReqId as string, expiresIn: expiresIn as number };
}

/** Sends a request that has to be acknowledged. */
export async function acknowledged(run: FapiRun, client: Client, asking?: Asking) {
  return expectAcknowledgement(await ask(run, client, asking));
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  claims: JWTPayload;
}

/**
 * OpenID Connect Core 1.0, sections 3.1.3.3, 3.1.3.6 and 3.1.3.7; FAPI 1.0 Advanced, section 8.6.
 *
 * @param decrypted the ID token, where that of the answer is encrypted
 */
export async function expectTokens(run: FapiRun, client: Client, answer: Answer, decrypted?: string): Promise<Tokens> {
  const body = expectAnswer(answer, 200) as Record<string, string>;
  const { access_token: accessToken = '', refresh_token: refreshToken = '', id_token: idToken = '' } = body;
  // 128 bits and more of base64url, in characters that RFC 6750 lets into the header.
  for (const token of [accessToken, refreshToken]) expect(token).toMatch(/^[\w-]{22,}$/);
  expect(body.token_type).toBe('Bearer');
  expect(body.expires_in).toEqual(expect.any(Number));
  const jwks = await send(run, run.metadata.jwks_uri);
  const { payload } = await jwtVerify(decrypted ?? idToken, createLocalJWKSet(jwks.body as unknown as JSONWebKeySet), {
    issuer: run.issuer,
    audience: client.id,
    algorithms: ['PS256', 'ES256'],
    currentDate: new Date(run.now() * 1000),
  });
  expect(decodeProtectedHeader(decrypted ?? idToken).kid).toEqual(expect.any(String));
  expect(payload).toMatchObject({ sub: client.loginHint, iat: expect.any(Number), exp: expect.any(Number) });
  for (const name of ['nonce', 'c_hash', 's_hash']) expect(payload).not.toHaveProperty(name);
  if ('at_hash' in payload) expect(payload.at_hash).toBe(halfHash(accessToken));
  return { accessToken, refreshToken, claims: payload };
}

function halfHash(token: string): string {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
}

/** The whole flow of a well-behaved client whose user approves. */
export async function tokensOf(run: FapiRun, client: Client, asking?: Asking): Promise<Tokens> {
  const { authReqId } = await acknowledged(run, client, asking);
  await decide(run, authReqId, 'allow');
  return expectTokens(run, client, await poll(run, client, authReqId));
}
