import type { Attributes, Meter } from '@opentelemetry/api';
import type { TraceCount, TraceDetails, TraceStep } from '../telemetry/trace.js';
import { errorTypeOf } from './attributes.js';

/** What is measured of each step, in seconds as the semantic conventions ask. */
export interface Metrics {
  record(step: TraceStep, details: TraceDetails, seconds: number, thrown?: { error: unknown }): void;
  count(what: TraceCount, change: number): void;
}

/** Seconds; the boundaries that the semantic conventions advise for HTTP. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Seconds; people take longer than servers. */
const decisionBoundaries = [1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600];

export function metricsOf(meter: Meter): Metrics {
  const histogram = (name: string, description: string, explicitBucketBoundaries = boundaries) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries } });

  const durations = {
    request: histogram('ciba.request.duration', 'Duration of requests to the endpoints.'),
    hook: histogram('ciba.hook.duration', 'Duration of the hooks.'),
    authlete: histogram('authlete.call.duration', 'Duration of calls to Authlete.'),
    complete: histogram('ciba.complete.duration', 'Duration of calls that tell Authlete of a decision.'),
    notify: histogram('ciba.notification.attempt.duration', 'Duration of attempts to notify clients.'),
  };
  const decisions = histogram(
    'ciba.decision.duration',
    'Time from the auth_req_id to the decision.',
    decisionBoundaries,
  );
  const counters = {
    jobs: meter.createUpDownCounter('ciba.jobs.active', {
      description: 'Jobs that this process performs.',
      unit: '{job}',
    }),
    waitingJobs: meter.createUpDownCounter('ciba.jobs.waiting', {
      description: "Jobs in this process's memory, those that it performs included.",
      unit: '{job}',
    }),
    polls: meter.createUpDownCounter('ciba.polls.held', { description: 'Token requests held.', unit: '{request}' }),
  };

  return {
    record(step, details, seconds, thrown) {
      durations[step].record(seconds, dimensionsOf(step, details, thrown));
      const { sinceIssuedMs, result } = details;
      if (step !== 'complete' || thrown || sinceIssuedMs === undefined) return;
      decisions.record(sinceIssuedMs / 1000, result === undefined ? {} : { 'ciba.result': result });
    },
    count(what, change) {
      counters[what].add(change);
    },
  };
}

/** Only attributes with few values: no client, no transaction. */
function dimensionsOf(step: TraceStep, details: TraceDetails, thrown?: { error: unknown }): Attributes {
  const { endpoint, hook, api, action, status, error, result, deliveryMode } = details;
  const dimensions: Record<string, string | number | undefined> = {
    'ciba.endpoint': endpoint,
    'ciba.hook': hook,
    'authlete.api': api,
    'authlete.action': action,
    'http.response.status_code': status,
    'ciba.result': result,
    'ciba.delivery_mode': deliveryMode,
    'ciba.error': error,
    'error.type': errorTypeOf(step, details, thrown),
  };
  return Object.fromEntries(Object.entries(dimensions).filter(([, value]) => value !== undefined)) as Attributes;
}
