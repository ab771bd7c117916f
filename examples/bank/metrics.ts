import type { CibaEvent } from 'ciba-backchannel';
import { Counter, collectDefaultMetrics, register } from 'prom-client';

collectDefaultMetrics();

const events = new Counter({ name: 'ciba_events_total', help: 'CIBA events', labelNames: ['type', 'status'] });

export function count(event: CibaEvent): void {
  const { type, status, result, why } = event as CibaEvent & { status?: number; result?: string; why?: string };
  events.inc({ type, status: String(status ?? result ?? why ?? '') });
}

/** What Prometheus reads. */
export function metrics(): Promise<string> {
  return register.metrics();
}
