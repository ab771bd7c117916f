/** What the form may set besides the hint (CIBA Core 1.0, section 7.1; RFC 9396, section 3). */
const parameterNames = [
  'scope',
  'binding_message',
  'user_code',
  'acr_values',
  'requested_expiry',
  'authorization_details',
] as const;

const hintTypes = ['login_hint', 'login_hint_token', 'id_token_hint'] as const;

/**
 * Builds the parameters of a backchannel authentication request from the page's form. The provider judges their
 * values: the page lets developers try bad ones, too.
 *
 * @param lastIdToken the `id_token_hint`, if the form has no other
 * @returns a sentence if the form itself is wrong
 */
export function requestParameters(
  form: Record<string, unknown>,
  lastIdToken: string | undefined,
): Record<string, string> | string {
  const hintType = hintTypes.find((name) => name === form.hint_type);
  if (hintType === undefined) return `hint_type must be one of ${hintTypes.join(', ')}`;
  const parameters: Record<string, string> = {};
  for (const name of ['hint', ...parameterNames] as const) {
    const value = form[name] ?? '';
    if (typeof value !== 'string') return `${name} must be a string`;
    if (value !== '') parameters[name] = value;
  }
  const { hint, ...others } = parameters;
  const value = hint ?? (hintType === 'id_token_hint' ? lastIdToken : undefined);
  if (value === undefined) {
    return hintType === 'id_token_hint' ? 'this client has no ID token yet: enter one' : 'enter a hint';
  }
  return { ...others, [hintType]: value };
}
