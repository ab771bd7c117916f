// A provider's process with OpenTelemetry's SDK, and the instrumentations that it is told to use. Told over IPC to complete
// handles, and to report its spans.

import './tracing-instrumentations.js';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authleteClient, authorized, cibaBackchannel, cibaCompletion, cibaToken, later } from '../../lib/index.js';
import { openTelemetry } from '../../lib/opentelemetry/index.js';
import { shutDown, spans } from './tracing-instrumentations.js';

export interface TracingSettings {
  instrumented: boolean;
  authlete: { baseUrl: string; serviceId: string; accessToken: string };
  /** The certificate of the client's notification endpoint. */
  ca: string;
}

export interface ReportedSpan {
  name: string;
  /** `INTERNAL`, `SERVER`, `CLIENT`. */
  kind: string;
  traceId: string;
  spanId: string;
  parent?: string;
  /** Ids of spans. */
  links: string[];
}

export type TracingCommand = { complete: string } | { report: true };
export type TracingMessage = { port: number } | { handle: string } | { completed: true } | { spans: ReportedSpan[] };

const settings = JSON.parse(process.argv[2] ?? '') as TracingSettings;
const send = (message: TracingMessage) => process.send?.(message);

const authlete = authleteClient(settings.authlete);
const handleKeys = ['k'.repeat(32)];
const trace = openTelemetry();
const notifications = { allow: () => true, tls: { ca: settings.ca } };

const ciba = cibaBackchannel({
  authlete,
  handleKeys,
  notifications,
  trace,
  identifyUser: ({ hint }) => ({ subject: hint }),
  policy: () => undefined,
  authenticate: ({ handle }) => {
    send({ handle });
    return later();
  },
});
const completion = cibaCompletion({ authlete, handleKeys, notifications, trace });
const token = cibaToken({ authlete, trace });

const server = createServer((req, res) => (req.url === '/token' ? token : ciba)(req, res));
server.listen(0, '127.0.0.1', () => send({ port: (server.address() as AddressInfo).port }));

process.on('message', async (command: TracingCommand) => {
  if ('report' in command) return send({ spans: spans() });
  const { notification } = await completion.complete(command.complete, authorized());
  await notification;
  send({ completed: true });
});
process.on('disconnect', async () => {
  await shutDown();
  process.exit();
});
