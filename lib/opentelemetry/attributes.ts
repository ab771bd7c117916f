import type { Attributes } from '@opentelemetry/api';
import type { TraceDetails, TraceStep } from '../telemetry/trace.js';

// The names are those of OpenTelemetry's semantic conventions, where these have one.
const names: Partial<Record<keyof TraceDetails, string>> = {
  endpoint: 'ciba.endpoint',
  hook: 'ciba.hook',
  transaction: 'ciba.transaction.id',
  clientId: 'ciba.client.id',
  clientIdAlias: 'ciba.client.alias',
  status: 'http.response.status_code',
  error: 'ciba.error',
  result: 'ciba.result',
  attempt: 'ciba.notification.attempt',
  deliveryMode: 'ciba.delivery_mode',
  api: 'authlete.api',
  action: 'authlete.action',
  resultCode: 'authlete.result_code',
};

/** The members of the details that have a value, under their names in OpenTelemetry. */
export function attributesOf(details: TraceDetails): Attributes {
  const attributes: Attributes = {};
  for (const [member, name] of Object.entries(names)) {
    const value = details[member as keyof TraceDetails];
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

/** `error.type` of a step that failed: the stable code or the class of the thrown error, or the HTTP status. */
export function errorTypeOf(
  step: TraceStep,
  { status, error }: TraceDetails,
  thrown: { error: unknown } | undefined,
): string | undefined {
  if (thrown) {
    const { code, name } = (thrown.error ?? {}) as { code?: unknown; name?: unknown };
    return typeof code === 'string' ? code : typeof name === 'string' ? name : typeof thrown.error;
  }
  // As for HTTP servers: a client's mistake is not a failure of the server.
  if (step === 'request' && status !== undefined && status >= 500) return error ?? String(status);
  if (step === 'complete') return error;
  if (step === 'notify' && status !== 200 && status !== 204) return String(status ?? 'unreachable');
  return undefined;
}
