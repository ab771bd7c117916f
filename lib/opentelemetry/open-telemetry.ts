import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import type { Trace, TraceCount, TraceDetails, TraceStep } from '../telemetry/trace.js';
import { isThenable } from '../time/thenable.js';
import { metricsOf } from './metrics.js';
import { startSpan, traceparent } from './spans.js';

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Default: the global one. */
  tracerProvider?: TracerProvider | undefined;
  /** Default: the global one. */
  meterProvider?: MeterProvider | undefined;
}

const names: OptionNames<OpenTelemetryOptions> = { tracerProvider: true, meterProvider: true };
const scope = 'ciba-backchannel';

/**
 * Creates a `trace` that reports to OpenTelemetry: an internal span for each request, hook, call to Authlete, completion
 * and attempt to notify a client, and metrics of the same. The host's instrumentations of HTTP and undici make the spans of
 * the transport and propagate the context; this package adds no trace context to what clients and push services get. What
 * happens after the request, perhaps in another process, is a separate trace that links to the request's.
 *
 * The SDK may start later: the global tracer finds it then, and the meter is fetched when it is first used. Spans nest if the
 * host's SDK has a context manager, as all SDKs for Node have.
 *
 * @throws TypeError when an option is wrong
 * @see https://opentelemetry.io/docs/languages/js/
 * @example
 * ```ts
 * import { openTelemetry } from 'ciba-backchannel/opentelemetry';
 *
 * const trace = openTelemetry();
 * app.use('/backchannel/authentication', cibaBackchannel({ authlete, identifyUser, trace }));
 * app.use('/token', cibaToken({ authlete, trace }));
 * ```
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Trace {
  requireKnownOptions(options, names, 'openTelemetry');
  const { tracerProvider, meterProvider } = options;
  requireMethod(tracerProvider, 'getTracer', 'tracerProvider');
  requireMethod(meterProvider, 'getMeter', 'meterProvider');
  const tracer = (tracerProvider ?? trace).getTracer(scope);
  // Fetched at the first use: unlike tracers, global meters do not find an SDK that starts after them.
  let measured: ReturnType<typeof metricsOf> | undefined;
  const measure = () => {
    measured ??= metricsOf((meterProvider ?? metrics).getMeter(scope));
    return measured;
  };

  function traced<T>(step: TraceStep, details: TraceDetails, run: () => T): T {
    const begun = performance.now();
    const span = startSpan(tracer, step, details);
    const end = (thrown?: { error: unknown }) => {
      span.end(thrown);
      measure().record(step, details, (performance.now() - begun) / 1000, thrown);
    };
    try {
      const result = span.run(run);
      if (isThenable(result)) {
        result.then(
          () => end(),
          (error) => end({ error }),
        );
      } else end();
      return result;
    } catch (error) {
      end({ error });
      throw error;
    }
  }

  return Object.assign(traced, {
    traceparent,
    count: (what: TraceCount, change: number) => measure().count(what, change),
  });
}

function requireMethod(provider: unknown, method: string, option: string): void {
  if (provider === undefined) return;
  if (typeof (provider as Record<string, unknown> | null)?.[method] !== 'function') {
    throw new TypeError(`${option} must have a method ${method}()`);
  }
}
