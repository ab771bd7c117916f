import type { ClientRequest } from '../endpoint/endpoint.js';
import { formParameters } from '../endpoint/parameters.js';

/**
 * The client that Authlete has authenticated. Its answer does not name the client, but the request does: in the
 * `Authorization` header, in the form, or as the subject of a client assertion (RFC 7523, section 3).
 *
 * @returns undefined when the request names no client, or several: then nobody knows which one was authenticated
 */
export function clientIdOf({ clientId, parameters }: ClientRequest): string | undefined {
  const parameter = formParameters(parameters);
  const named = [clientId, parameter('client_id'), subjectOf(parameter('client_assertion'))];
  const [only, ...others] = new Set(named.filter((id) => id !== undefined));
  return others.length > 0 ? undefined : only;
}

function subjectOf(assertion: string | undefined): string | undefined {
  if (assertion === undefined) return undefined;
  try {
    const payload: unknown = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
    const { sub } = payload as { sub?: unknown };
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}
