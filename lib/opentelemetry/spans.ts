import {
  type Context,
  context,
  type Link,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { TraceDetails, TraceStep } from '../telemetry/trace.js';
import { attributesOf, errorTypeOf } from './attributes.js';

/** The span of a step. */
export interface StepSpan {
  /** Runs it as the active span. */
  run<T>(step: () => T): T;
  end(thrown?: { error: unknown }): void;
}

export function startSpan(tracer: Tracer, step: TraceStep, details: TraceDetails): StepSpan {
  const parent = parentOf(details);
  const options = { kind: SpanKind.INTERNAL, attributes: attributesOf(details), links: linksOf(details) };
  const span = tracer.startSpan(nameOf(step, details), options, parent);
  return {
    run: (run) => context.with(trace.setSpan(parent, span), run),
    end(thrown) {
      const attributes = attributesOf(details);
      const type = errorTypeOf(step, details, thrown);
      if (type !== undefined) {
        attributes['error.type'] = type;
        // No message: the host's error may hold something that no trace should have.
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.setAttributes(attributes);
      span.end();
    },
  };
}

/** The position of the active span as W3C Trace Context writes it, whatever the host's propagators are. */
export function traceparent(): string | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  if (active === undefined || !trace.isSpanContextValid(active)) return undefined;
  const flags = active.traceFlags.toString(16).padStart(2, '0');
  return `00-${active.traceId}-${active.spanId}-${flags}`;
}

/**
 * Work that begins after its request does not prolong that request's trace: it goes into the current trace
 * (of the device's call, say), or else into a new one, and links to the request.
 */
function parentOf({ traceparent }: TraceDetails): Context {
  const active = context.active();
  const request = traceparent === undefined ? undefined : parse(traceparent);
  if (request === undefined) return active;
  return trace.getSpanContext(active)?.traceId === request.traceId ? trace.deleteSpan(active) : active;
}

function linksOf({ traceparent }: TraceDetails): Link[] {
  const request = traceparent === undefined ? undefined : parse(traceparent);
  return request === undefined ? [] : [{ context: request }];
}

function parse(traceparent: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function nameOf(step: TraceStep, { endpoint, hook, api }: TraceDetails): string {
  switch (step) {
    case 'request':
      return endpoint === 'token' ? 'ciba token' : 'ciba backchannel_authentication';
    case 'hook':
      return `ciba hook ${hook}`;
    case 'authlete':
      return `authlete ${api}`;
    default:
      return `ciba ${step}`;
  }
}
