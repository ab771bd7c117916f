import type { JWTPayload } from 'jose';
import { type Client, clientIds } from '../client/client.js';
import { maxLength, requireUnused, verifyClientJwt } from '../request/client-jwt.js';
import type { Form } from '../request/form.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';

/** RFC 7523, section 2.2. */
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The `typ` of an assertion; a JWT for another purpose has another one (RFC 8725, section 3.11). */
const types = ['jwt', 'client-authentication+jwt'];

/** OpenID Connect Core 1.0, section 9. */
const requiredClaims = ['iss', 'sub', 'aud', 'jti', 'exp'];

/**
 * Finds the `client_assertion` of a request (RFC 7521, section 4.2).
 *
 * @throws ProtocolError `invalid_client`
 */
export function presentedAssertion({ values }: Form): string | undefined {
  const assertion = values.get('client_assertion');
  const type = values.get('client_assertion_type');
  if (assertion === undefined && type === undefined) return undefined;
  if (assertion === undefined) throw refuse('is missing');
  if (type !== assertionType) throw refuse(`needs the client_assertion_type ${assertionType}`);
  return assertion;
}

/**
 * Reads which client an assertion claims to be from, without checking it.
 *
 * @throws ProtocolError `invalid_client`
 */
export function clientIdIn(assertion: string): string | undefined {
  if (assertion.length > maxLength) throw refuse('is too long');
  const [, payload = ''] = assertion.split('.', 2);
  try {
    // Not with jose, which would check the same here and again with the signature, for a fifth of the signature's time.
    const sub = JSON.parse(Buffer.from(payload, 'base64url').toString())?.sub;
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    throw refuse('is not a signed JWT');
  }
}

/**
 * Verifies the assertion of a client (RFC 7523, section 3).
 *
 * @throws ProtocolError `invalid_client`
 */
export async function verifyAssertion(engine: Engine, client: Client, assertion: string): Promise<void> {
  if (client.assertion === undefined) throw refuse('is not the authentication method that the client registered');
  const claims = await verifyClientJwt(engine, client, assertion, {
    ...client.assertion,
    types,
    subject: clientIds(client),
    audience: engine.settings.assertionAudience,
    required: requiredClaims,
    maxHours: 1,
    refuse,
  });
  const { maxAssertionLifetime: max, fapi, issuer } = engine.settings;
  // FAPI 2.0 Security Profile, section 5.3.2.1.
  if (fapi === '2.0' && claims.aud !== issuer) throw refuse('is not for the issuer alone');
  if (max !== undefined && livesLonger(claims, max, engine.settings.now() / 1000)) {
    throw refuse(`lives longer than ${max} seconds`);
  }
  requireUnused(engine, client, 'assertion', claims, refuse);
}

function livesLonger({ exp = 0, iat = exp }: JWTPayload, max: number, now: number): boolean {
  return exp - iat > max || exp > now + max;
}

function refuse(description: string): ProtocolError {
  return new ProtocolError('E010310', 'invalid_client', `client_assertion ${description}`);
}
