import type { Trace, TraceDetails } from '../telemetry/trace.js';
import type { AuthleteApi } from './api.js';

const methods = [
  'backchannelAuthentication',
  'backchannelAuthenticationIssue',
  'backchannelAuthenticationFail',
  'backchannelAuthenticationComplete',
  'token',
  'tokenRevoke',
] as const satisfies (keyof AuthleteApi)[];

/** The API with a traced step around each call; without `trace` the API itself. */
export function tracedApi<A extends Partial<AuthleteApi>>(authlete: A, trace: Trace | undefined): A {
  if (trace === undefined) return authlete;
  type Call = (request: object, options?: object) => Promise<object>;
  const api = authlete as Partial<Record<keyof AuthleteApi, Call>>;
  const traced = methods.map((name) => {
    const call: Call = (request, options) => {
      const details: TraceDetails = { api: name };
      return trace('authlete', details, async () => note(details, await (api[name] as Call)(request, options)));
    };
    return [name, api[name] && call];
  });
  return Object.fromEntries(traced);
}

function note(details: TraceDetails, response: object): object {
  const { action, resultCode } = (response ?? {}) as { action?: unknown; resultCode?: unknown };
  if (typeof action === 'string') details.action = action;
  if (typeof resultCode === 'string') details.resultCode = resultCode;
  return response;
}
