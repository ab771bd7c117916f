/** Gives a parameter of the client's request; `undefined` if it is absent, empty or sent twice. */
export type ParameterReader = (name: string) => string | undefined;

/** Reads a form (RFC 6749, section 3.1: a parameter without a value counts as absent). */
export function formParameters(form: string): ParameterReader {
  const parameters = new URLSearchParams(form);
  return (name) => {
    const [value, ...others] = parameters.getAll(name);
    return others.length > 0 ? undefined : value || undefined;
  };
}

/**
 * Reads a backchannel authentication request that Authlete has found valid. If it is signed, all of its parameters are in
 * the signed object and the form has none (CIBA Core 1.0, section 7.1.1). Authlete has verified the signature. Only
 * Authlete can read an encrypted one.
 */
export function requestParameters(form: string): ParameterReader {
  const parameter = formParameters(form);
  const signed = parameter('request');
  if (signed === undefined) return parameter;
  const payload = payloadOf(signed);
  return (name) => (Object.hasOwn(payload, name) ? textOf(payload[name]) : undefined);
}

function payloadOf(jwt: string): Record<string, unknown> {
  const parts = jwt.split('.');
  if (parts.length !== 3) return {};
  try {
    const payload: unknown = JSON.parse(Buffer.from(parts[1] as string, 'base64url').toString());
    return typeof payload === 'object' && payload !== null && !Array.isArray(payload)
      ? (payload as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

/** The value as a form would have it: anything but text as JSON. */
function textOf(value: unknown): string | undefined {
  if (value === null || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
