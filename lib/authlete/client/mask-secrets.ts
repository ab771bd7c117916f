/** Where secrets are: requests and responses of the Authlete Web API, or the secrets themselves. */
export type Secrets = object | readonly string[] | undefined;

/** Members of requests and responses of the Authlete Web API that no error and no log may show. */
const secretMembers = [
  'ticket',
  'clientSecret',
  'clientNotificationToken',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  'jwtAccessToken',
  'authReqId',
  'accessTokenIdentifier',
  'refreshTokenIdentifier',
  'hint',
  'userCode',
  'password',
  'subjectToken',
  'actorToken',
  'assertion',
  'deviceSecret',
  'deviceSecretHash',
  'dpop',
  'oauthClientAttestation',
  'oauthClientAttestationPop',
  'claims',
  'jwtAtClaims',
  'parameters',
] as const;

/** Form parameters whose values are not secret; the value of any other may be. */
const openParameters: ReadonlySet<string> = new Set([
  'acr_values',
  'client_assertion_type',
  'client_id',
  'grant_type',
  'requested_expiry',
  'requested_token_type',
  'resource',
  'scope',
  'subject_token_type',
  'token_type_hint',
]);

/** Shorter values, such as user codes, are masked only as whole words. */
const minLength = 8;

/**
 * Masks the secrets of a call wherever a text repeats them: Authlete's messages are written for people, and a gateway may
 * quote what it received.
 */
export function maskSecrets(text: string, ...sources: readonly Secrets[]): string {
  const secrets = new Set(sources.flatMap(secretsOf).filter((value) => typeof value === 'string' && value !== ''));
  // Longer ones first: one may be part of another.
  return [...(secrets as Set<string>)].sort((a, b) => b.length - a.length).reduce(mask, text);
}

function mask(text: string, secret: string): string {
  if (!text.includes(secret)) return text;
  if (secret.length >= minLength) return text.replaceAll(secret, '***');
  const alone = new RegExp(`(?<![A-Za-z0-9])${secret.replace(/[^A-Za-z0-9]/gu, '\\$&')}(?![A-Za-z0-9])`, 'g');
  return text.replace(alone, '***');
}

function secretsOf(source: Secrets): readonly unknown[] {
  if (source === undefined || Array.isArray(source)) return source ?? [];
  const members = source as Record<string, unknown>;
  return [...secretMembers.map((name) => members[name]), ...formValues(members.parameters)];
}

/** The values of a form, decoded and as they were sent. */
function formValues(form: unknown): string[] {
  if (typeof form !== 'string') return [];
  return form.split('&').flatMap((pair) => {
    const [[name = '', decoded = ''] = []] = new URLSearchParams(pair);
    return openParameters.has(name) ? [] : [decoded, pair.slice(pair.indexOf('=') + 1)];
  });
}
