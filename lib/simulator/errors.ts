/** What the codes mean: CIBA Core 1.0, sections 11 and 13; RFC 6749, section 5.2; RFC 9396, section 5. */
const explanations: ReadonlyMap<string, string> = new Map([
  ['unknown_user_id', 'The provider knows nobody by this hint. Is it the login hint of one of its users?'],
  ['expired_login_hint_token', 'The login_hint_token is no longer valid.'],
  ['missing_user_code', 'The provider wants the code that the user has chosen, to know that they expect this request.'],
  ['invalid_user_code', 'The user code is not the one that the user has chosen.'],
  [
    'invalid_binding_message',
    'The provider does not show such a binding message: most likely it is too long, or not plain text.',
  ],
  ['invalid_scope', 'One of the scopes is unknown to the provider, or not for this client; or `openid` is missing.'],
  ['invalid_request', 'A parameter is missing, malformed, or sent twice.'],
  ['invalid_client', 'The client could not prove who it is. Is the secret right, and is it sent in the right way?'],
  ['unauthorized_client', 'This client may not use CIBA, or not in this delivery mode.'],
  ['invalid_authorization_details', 'The provider does not know this type, or a member of it is wrong.'],
  ['invalid_target', 'The provider does not issue tokens for this resource.'],
  ['access_denied', 'The user said no, or the provider refused on behalf of the user.'],
  ['expired_token', 'Nobody decided in time.'],
  ['transaction_failed', 'Something failed before the user had decided.'],
  ['invalid_grant', 'The auth_req_id is unknown, belongs to another client, or has been used.'],
  ['unsupported_grant_type', 'The token endpoint does not support CIBA.'],
  ['server_error', 'Something broke at the provider: its log says what.'],
]);

/** An answer of the provider that is an error. */
export function describeProviderError(
  { error, error_description: description }: Readonly<Record<string, unknown>>,
  status?: number,
): { text: string; explanation?: string } {
  const code = typeof error === 'string' ? error : 'an answer that cannot be understood';
  const details = typeof description === 'string' ? `: ${description}` : '';
  const explanation = explanations.get(code);
  return {
    text: `${code}${status === undefined ? '' : ` (${status})`}${details}`,
    ...(explanation && { explanation }),
  };
}

/** What went wrong on the way to the provider, or with what it sent. */
export function describeFailure(error: unknown): string {
  if (!(typeof error === 'object' && error !== null && 'message' in error)) return String(error);
  // `fetch` says no more than "fetch failed"; its cause does.
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return cause?.message ? `${message}: ${cause.message}` : message;
}
