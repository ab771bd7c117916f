import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError, startAnswer } from './answer.js';
import type { Messages } from './messages.js';

const maxConnections = 32;
/** Bytes. A browser with more unread is cut off: it reconnects by itself and gets the whole state again. */
const maxBacklog = 1024 * 1024;
const heartbeatPeriod = 15_000;

/** The open pages, as server-sent events (HTML Standard, section 9.2). */
export interface EventStream {
  /** Connects a page; `greeting` is its first event. */
  open(req: IncomingMessage, res: ServerResponse, greeting: Messages['snapshot']): void;
  /** Tells every page. */
  send<Name extends keyof Messages>(event: Name, data: Messages[Name]): void;
  /** Keeps proxies from closing quiet connections. */
  heartbeat(now: number): void;
  /** How many pages are open. */
  size(): number;
  close(): void;
}

export function eventStream(): EventStream {
  const pages = new Set<ServerResponse>();
  let lastWrite = 0;

  function write(text: string): void {
    lastWrite = Date.now();
    for (const res of pages) {
      res.write(text);
      if (res.writableLength > maxBacklog) res.destroy();
    }
  }

  return {
    open(req, res, greeting) {
      if (pages.size >= maxConnections) {
        answerError(res, 503, 'temporarily_unavailable', `${maxConnections} pages are open already`);
        return;
      }
      // `no-transform` keeps a host's compression middleware from holding events back; the last header does the same for nginx.
      startAnswer(res, 200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store, no-transform',
        'X-Accel-Buffering': 'no',
      });
      if (req.method === 'HEAD') {
        res.end();
        return;
      }
      pages.add(res);
      res.on('close', () => pages.delete(res));
      res.on('error', () => pages.delete(res));
      res.write(serialize('snapshot', greeting));
    },
    send(event, data) {
      if (pages.size > 0) write(serialize(event, data));
    },
    heartbeat(now) {
      if (now - lastWrite >= heartbeatPeriod) write(':\n\n');
    },
    size: () => pages.size,
    close() {
      for (const res of pages) res.end();
      pages.clear();
    },
  };
}

function serialize(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
