import { afterEach } from '@jest/globals';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

// The context manager is the process's: it has to be there before the first span.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const shutdowns: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const shutdown of shutdowns.splice(0)) await shutdown();
});

/** OpenTelemetry's SDK, and what it would have exported. */
export function recordingTelemetry() {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 60_000_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  shutdowns.push(async () => {
    await tracerProvider.shutdown();
    await meterProvider.shutdown();
  });
  return {
    providers: { tracerProvider, meterProvider },
    spans: () => spans.getFinishedSpans(),
    /** Each span's name, and that of its parent. */
    tree: () => {
      const all = spans.getFinishedSpans();
      const nameOf = (id: string | undefined) => all.find((span) => span.spanContext().spanId === id)?.name;
      return all.map((span) => [span.name, nameOf(span.parentSpanContext?.spanId)]);
    },
    span: (name: string): ReadableSpan => {
      const found = spans.getFinishedSpans().filter((span) => span.name === name);
      if (found.length !== 1) throw new Error(`there are ${found.length} spans ${name}`);
      return found[0] as ReadableSpan;
    },
    /** The data points of a metric: attributes and value. */
    async points(name: string): Promise<{ attributes: object; value: unknown }[]> {
      await reader.forceFlush();
      const scopes = metrics.getMetrics().at(-1)?.scopeMetrics ?? [];
      const metric = scopes.flatMap((scope) => scope.metrics).find(({ descriptor }) => descriptor.name === name);
      return (metric?.dataPoints ?? []).map(({ attributes, value }) => ({ attributes, value }));
    },
  };
}
