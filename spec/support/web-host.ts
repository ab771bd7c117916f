import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import type { EndpointHandler, FetchHandler } from 'ciba-backchannel';

/** Serves a `fetch` over HTTP as Web-standard frameworks on Node do: it streams both bodies, and aborts for clients that leave. */
export function webHost(fetch: FetchHandler): (req: IncomingMessage, res: ServerResponse) => void {
  return async (req, res) => {
    const gone = new AbortController();
    res.on('close', () => {
      if (!res.writableFinished) gone.abort();
    });
    const { method = '', headers, url } = req;
    const bodiless = method === 'GET' || method === 'HEAD';
    const response = await fetch(
      new Request(`http://${headers.host ?? 'as.example.com'}${url}`, {
        method,
        headers: headers as Record<string, string>,
        signal: gone.signal,
        ...(!bodiless && { body: Readable.toWeb(req) as ReadableStream, duplex: 'half' }),
      } as RequestInit),
    );
    // The connection is the host's business.
    const door = `fetch; ${response.headers.has('connection') ? 'with' : 'no'} Connection`;
    res.writeHead(response.status, { ...Object.fromEntries(response.headers), 'x-door': door });
    if (response.body === null) res.end();
    else {
      Readable.fromWeb(response.body as WebStream)
        .on('error', () => res.destroy())
        .pipe(res);
    }
  };
}

/** The doors of an endpoint, each as what a server of Node serves. */
export const doors: [string, (handler: EndpointHandler) => (req: IncomingMessage, res: ServerResponse) => void][] = [
  ['(req, res)', (handler) => handler],
  ['fetch', (handler) => webHost(handler.fetch)],
];
