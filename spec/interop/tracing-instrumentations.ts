// Imported first: instrumentations have to be there before what they instrument.

import { context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ReportedSpan, TracingSettings } from './tracing-process.js';

const { instrumented } = JSON.parse(process.argv[2] ?? '') as TracingSettings;
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(tracerProvider);
if (instrumented) {
  registerInstrumentations({
    tracerProvider,
    instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
  });
  // The instrumentation waits for somebody to require the module; whoever imports it, too, is served by what it patches.
  process.getBuiltinModule('node:module').createRequire(import.meta.url)('node:http');
}

export function spans(): ReportedSpan[] {
  return exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    kind: SpanKind[span.kind] as string,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
    links: span.links.map((link) => link.context.spanId),
  }));
}

export function shutDown(): Promise<void> {
  return tracerProvider.shutdown();
}
