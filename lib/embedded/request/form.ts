import { tokenExchangeGrantType } from '../client/client.js';
import { ProtocolError } from './protocol-error.js';

/** The parameters of a client's request, decoded (RFC 6749, appendix B). */
export interface Form {
  /** Each parameter but `resource`; those sent without a value are left out, as if they had been omitted. */
  readonly values: ReadonlyMap<string, string>;
  /** `resource` may be repeated (RFC 8707, section 2). */
  readonly resources: readonly string[];
  /** `audience` may be repeated in a token exchange (RFC 8693, section 2.1). */
  readonly audiences: readonly string[];
  /** What makes the whole form invalid; the client is told once it is authenticated. */
  readonly problem?: string;
}

/** The parameters of a backchannel authentication request, signed or not. */
export interface RequestParameters extends Form {
  /** JSON (FAPI-CIBA, section 5.3). */
  readonly requestContext?: string;
}

/**
 * Reads a form. The client's mistake, if there is one, is in `problem`.
 *
 * @throws ProtocolError when the call has no form
 */
export function parseForm(text: unknown): Form {
  if (typeof text !== 'string') throw new ProtocolError('E010201', 'server_error', 'the call has no parameters');
  const values = new Map<string, string>();
  const resources: string[] = [];
  const audiences: string[] = [];
  let problem: string | undefined;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    if (name === undefined || value === undefined) {
      problem ??= 'a percent sequence of the request does not decode';
    } else if (name === 'resource') {
      if (value !== '') resources.push(value);
    } else if (name === 'audience') {
      if (value !== '') audiences.push(value);
    } else if (values.has(name)) {
      problem ??= `the parameter ${name.slice(0, 50)} is repeated`;
    } else {
      values.set(name, value);
    }
  }
  if (audiences.length > 1 && values.get('grant_type') !== tokenExchangeGrantType)
    problem ??= 'the parameter audience is repeated';
  for (const [name, value] of values) if (value === '') values.delete(name);
  return { values, resources, audiences, problem };
}

function decode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  // Most long values are JWTs, which have nothing to decode.
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}
