import { types } from 'node:util';
import type { Property } from '../authlete/types/common-types.js';

/** What `authorized()` takes: every parameter of Authlete's complete API, except ticket, result and subject. */
export interface AuthorizedParameters {
  /** Value of the `sub` claim, if the client should see something other than the subject (a pairwise one, say). */
  sub?: string | undefined;
  /**
   * When the user authenticated: a `Date`, or seconds since the epoch; now by default. Becomes `auth_time`, which
   * clients with `require_auth_time` and requests with `max_age` want; `null` leaves it out.
   */
  authTime?: Date | number | null | undefined;
  /** The authentication context class that was reached (OpenID Connect Core 1.0, section 2). */
  acr?: string | undefined;
  /**
   * Claims for the ID token, requested or not: `amr`, the id of a payment intent, the claims that the client requested. Without
   * this member the `claims` hook is called for the requested claims.
   */
  claims?: Record<string, unknown> | undefined;
  /** Extra properties of the tokens. */
  properties?: Property[] | undefined;
  /** Replaces the requested scopes. `openid` is always among them: `[]` grants it alone. */
  scopes?: string[] | undefined;
  /** More parameters for the header of the ID token. */
  idtHeaderParams?: Record<string, unknown> | undefined;
  /** Names of the claims whose release the user agreed to. */
  consentedClaims?: string[] | undefined;
  /** More claims for a JWT access token. */
  jwtAtClaims?: Record<string, unknown> | undefined;
  /** The access token, if the host makes it itself. Secret. */
  accessToken?: string | undefined;
  /** Lifetime of the access token, in seconds. */
  accessTokenDuration?: number | undefined;
  /** Lifetime of the refresh token, in seconds. */
  refreshTokenDuration?: number | undefined;
  /** Whether `aud` of the ID token is an array or a string. */
  idTokenAudType?: 'array' | 'string' | undefined;
}

/** The parameters, checked and copied; `authTime` in seconds. */
export type CheckedParameters = Omit<AuthorizedParameters, 'authTime'> & { authTime?: number | undefined };

/** A scope that every CIBA request has (CIBA Core 1.0, section 7.1), and without which there is no ID token. */
const openid = 'openid';

/** Checks and copies what `authorized()` got, so that the decision does not change when the host changes its objects later. */
export function authorizedParameters(parameters: AuthorizedParameters): CheckedParameters {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof AuthorizedParameters] : undefined;
    if (check === undefined) {
      const why = name === 'subject' ? ': the subject is always the user that was identified' : '';
      throw new TypeError(`authorized() does not take ${name}${why}`);
    }
    if (value !== undefined) checked[name] = check(value, name);
  }
  if (checked.authTime === undefined) checked.authTime = Math.floor(Date.now() / 1000);
  else if (checked.authTime === null) delete checked.authTime;
  return checked;
}

const checks: Record<keyof AuthorizedParameters, (value: unknown, name: string) => unknown> = {
  sub: nonEmptyString,
  authTime,
  acr: nonEmptyString,
  claims: jsonObject,
  properties,
  scopes,
  idtHeaderParams: jsonObject,
  consentedClaims: (value, name) => array(value, name).map((claim, i) => nonEmptyString(claim, `${name}[${i}]`)),
  jwtAtClaims: jsonObject,
  accessToken: nonEmptyString,
  accessTokenDuration: duration,
  refreshTokenDuration: duration,
  idTokenAudType,
};

function nonEmptyString(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be a string that is not empty`);
  return value;
}

function array(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array`);
  return value;
}

/** 31 December 9999: a greater number must be milliseconds, given by mistake. */
const latestTime = 253_402_300_799;

function authTime(value: unknown, name: string): number | null {
  if (value === null) return null;
  const seconds = Math.floor(types.isDate(value) ? value.getTime() / 1000 : typeof value === 'number' ? value : NaN);
  if (!(seconds >= 0 && seconds <= latestTime)) {
    throw new TypeError(`${name} must be a valid Date, or a number of seconds (not milliseconds) since the epoch`);
  }
  return seconds;
}

function duration(value: unknown, name: string): number {
  // Authlete ignores anything that is not positive, and the token would silently get the default lifetime.
  if (!Number.isSafeInteger(value) || (value as number) <= 0) {
    throw new TypeError(`${name} must be a whole number of seconds above 0`);
  }
  return value as number;
}

function jsonObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object`);
  }
  try {
    const copy: unknown = JSON.parse(JSON.stringify(value));
    if (typeof copy === 'object' && copy !== null && !Array.isArray(copy)) return copy as Record<string, unknown>;
  } catch (error) {
    throw new TypeError(`${name} cannot be written as JSON`, { cause: error });
  }
  throw new TypeError(`${name} must be an object`);
}

/** RFC 6749, section 3.3: what a scope may consist of. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function scopes(value: unknown, name: string): string[] {
  const granted = array(value, name).map((scope, i) => {
    if (typeof scope !== 'string' || !scopeToken.test(scope)) throw new TypeError(`${name}[${i}] must be one scope`);
    return scope;
  });
  return granted.includes(openid) ? granted : [openid, ...granted];
}

function properties(value: unknown, name: string): Property[] {
  return array(value, name).map((property, i) => {
    if (typeof property !== 'object' || property === null) throw new TypeError(`${name}[${i}] must be an object`);
    const { key, value, hidden, ...unknown } = property as Record<string, unknown>;
    for (const field of Object.keys(unknown)) throw new TypeError(`${name}[${i}] does not take ${field}`);
    const checked: Property = { key: nonEmptyString(key, `${name}[${i}].key`), value: '' };
    if (typeof value !== 'string') throw new TypeError(`${name}[${i}].value must be a string`);
    checked.value = value;
    if (hidden === undefined || hidden === null) return checked;
    if (typeof hidden !== 'boolean') throw new TypeError(`${name}[${i}].hidden must be a boolean`);
    return { ...checked, hidden };
  });
}

function idTokenAudType(value: unknown, name: string): string {
  if (value !== 'array' && value !== 'string') throw new TypeError(`${name} must be 'array' or 'string'`);
  return value;
}
