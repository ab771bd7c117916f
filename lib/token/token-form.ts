import { transactionId } from '../authlete/transaction-id.js';

const cibaGrant = 'urn:openid:params:grant-type:ciba';

/** The grants that events name; any other value is just text from the client. */
const grantTypes: ReadonlySet<string> = new Set([
  'authorization_code',
  'client_credentials',
  'password',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:pre-authorized_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  cibaGrant,
]);

/** What is read from a token request before Authlete has judged it. It never decides about access. */
export interface TokenForm {
  grantType?: string;
  /** The id of the transaction that a poll is for. */
  transaction?: string;
  refreshToken?: string;
  /** Milliseconds since the epoch, as the client says. */
  assertionExpiresAt?: number;
}

export function readTokenForm(form: string): TokenForm {
  const parameters = new URLSearchParams(form);
  const only = (name: string) => {
    const [value, ...others] = parameters.getAll(name);
    return value === '' || others.length > 0 ? undefined : value;
  };
  const grantType = only('grant_type');
  if (grantType === undefined || !grantTypes.has(grantType)) return {};
  if (grantType === 'refresh_token') return { grantType, refreshToken: only('refresh_token') };
  const authReqId = only('auth_req_id');
  if (grantType !== cibaGrant || authReqId === undefined) return { grantType };
  return {
    grantType,
    transaction: transactionId(authReqId),
    assertionExpiresAt: expiryOf(only('client_assertion')),
  };
}

export function isCiba({ grantType }: TokenForm): boolean {
  return grantType === cibaGrant;
}

/** `exp` of a JWT that has not been verified. */
function expiryOf(assertion: string | undefined): number | undefined {
  if (assertion === undefined) return undefined;
  try {
    const payload: unknown = JSON.parse(Buffer.from(assertion.split('.', 2)[1] ?? '', 'base64url').toString());
    const { exp } = payload as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
