import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { PackageLogger } from '../telemetry/logger.js';
import { type Answer, errorAnswer, notFound } from './answer.js';
import type { ClientCertificate } from './certificate/chain.js';
import { certificateFromTls } from './certificate/tls.js';
import { consumedBody, wasConsumed } from './consumed-body.js';
import type { EndpointRequest, Watcher } from './request.js';

/**
 * A handler for Express, Connect, `http.createServer`, `https.createServer` and `http2.createSecureServer`: it declares
 * three parameters, since koa-connect and restify look at their number.
 */
export type NodeHandler = (
  req: IncomingMessage | Http2ServerRequest,
  res: ServerResponse | Http2ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** The properties that Express or HTTP/2 adds to a request, if they matter here. */
interface HostRequest extends IncomingMessage {
  originalUrl?: string;
  /** According to `trust proxy`. */
  protocol?: string;
  app?: { get?(setting: string): unknown };
  /** Of HTTP/2. */
  authority?: string;
}

/** Serves an endpoint to Node's `(req, res)`: answers every request, and never calls `next`. */
export function nodeDoor<R>(serve: (request: EndpointRequest<R>) => void, logger: PackageLogger): NodeHandler {
  return (req, res, _next) => serve(new NodeRequest(req as HostRequest, res as ServerResponse, logger) as never);
}

/**
 * Serves some paths to Node's `(req, res, next)`; the host serves the others.
 *
 * @param find the answer to a request for one of our paths
 */
export function nodeDoorToSome(
  find: (request: EndpointRequest) => Promise<Answer | undefined> | undefined,
  logger: PackageLogger,
): NodeHandler {
  return (req, res, next) => {
    const request = new NodeRequest(req as HostRequest, res as ServerResponse, logger);
    const found = find(request);
    if (found === undefined) pass();
    else void answerLater(found);

    async function answerLater(found: Promise<Answer | undefined>): Promise<void> {
      const answer = await found;
      if (answer) await request.send(answer);
      else await passLater();
    }

    function pass(): unknown {
      return next ? next() : request.send(notFound());
    }

    /** Nobody else would catch what the host's own handlers throw here, and the process would end. */
    async function passLater(): Promise<void> {
      try {
        await pass();
      } catch (error) {
        logger.error('a handler called by next() has thrown', { error }, 'host');
        await request.send(errorAnswer(500, 'server_error'));
      }
    }
  };
}

/** Requests that wait for their turn on a connection: Node does not tell them that the connection has closed. */
const queues = new WeakMap<Socket, Set<NodeRequest>>();

class NodeRequest implements EndpointRequest<IncomingMessage> {
  readonly host: HostRequest;
  readonly headers: EndpointRequest['headers'];
  watcher: Watcher | undefined;
  private readonly res: ServerResponse;
  /** Of HTTP/2. */
  private readonly stream: Http2ServerResponse['stream'] | undefined;
  private readonly logger: PackageLogger;
  private readonly queue: Set<NodeRequest> | undefined;
  private sent: ((sent: boolean) => void) | undefined;

  constructor(req: HostRequest, res: ServerResponse, logger: PackageLogger) {
    this.host = req;
    this.res = res;
    this.logger = logger;
    // Read only once: Express changes the request's prototypes, and V8 of Node 20 then searches all of them each time.
    this.headers = req.headers;
    this.stream = (res as unknown as Partial<Http2ServerResponse>).stream;
    res.on('close', () => this.closed());
    // A client may send its next request before it has the answer to the one before (RFC 9112, section 9.3.2).
    this.queue = this.waitsForItsTurn ? queueOf(req.socket) : undefined;
    this.queue?.add(this);
  }

  get method(): string {
    return this.host.method ?? '';
  }

  get originalPath(): string {
    return pathOf(this.host.originalUrl ?? this.host.url);
  }

  get path(): string {
    return pathOf(this.host.url);
  }

  get url(): string {
    const { protocol, socket, authority, headers, originalUrl, url } = this.host;
    const scheme = protocol ?? ((socket as TLSSocket).encrypted ? 'https' : 'http');
    const host = forwardedHost(this.host) ?? absoluteForm.exec(originalUrl ?? url ?? '')?.[1];
    return `${scheme}://${host ?? authority ?? headers.host ?? ''}${this.originalPath}`;
  }

  get tlsCertificate(): ClientCertificate | undefined {
    return certificateFromTls(this.host.socket);
  }

  get bodyConsumed(): boolean {
    return wasConsumed(this.host);
  }

  get consumedBody(): Buffer | string | undefined {
    return consumedBody(this.host as { rawBody?: unknown; body?: unknown });
  }

  get body(): IncomingMessage {
    return this.host;
  }

  dropBody(): void {
    this.host.resume();
  }

  get isGone(): boolean {
    const { res, stream } = this;
    if (stream) return stream.destroyed || stream.rstCode !== 0;
    return res.destroyed || (this.waitsForItsTurn && this.host.socket.destroyed);
  }

  send(answer: Answer): Promise<boolean> {
    const { res } = this;
    if (res.headersSent || res.writableEnded || this.isGone) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.sent = resolve;
      // This listener must run before the host's own: adapters of serverless platforms close the response in theirs.
      res.prependListener('finish', () => this.finished());
      try {
        res.removeHeader('ETag');
        const { status, headers, body } = answer;
        // Set and not spread: this is on the path of every request.
        // RFC 9110, section 8.6: no Content-Length with 204.
        if (status !== 204) headers['Content-Length'] = String(Buffer.byteLength(body));
        // HTTP/2 has no such header, and Node would warn of it (RFC 9113, section 8.2.2).
        if (headers.Connection !== undefined && this.stream) delete headers.Connection;
        res.writeHead(status, headers);
        res.end(body);
      } catch (error) {
        // A listener of the host threw.
        this.logger.error('the answer could not be written', { error }, 'host');
        res.destroy();
        this.settle(false);
      }
    });
  }

  /** The response, or its connection, is closed. */
  closed(): void {
    if (this.watcher && (!this.res.writableFinished || this.writeFailed)) this.watcher.gone();
    this.settle(false);
  }

  /** `finish` comes on Node 20 and 22 even if the write failed, and on HTTP/2 even if the stream was reset. */
  private finished(): void {
    this.settle(!this.writeFailed);
  }

  private get writeFailed(): boolean {
    return this.stream ? this.stream.rstCode !== 0 : Boolean(this.host.socket.errored);
  }

  private settle(sent: boolean): void {
    this.queue?.delete(this);
    this.sent?.(sent);
  }

  private get waitsForItsTurn(): boolean {
    return this.res.socket === null && !this.res.writableFinished;
  }
}

function queueOf(socket: Socket): Set<NodeRequest> {
  const known = queues.get(socket);
  if (known) return known;
  const queue = new Set<NodeRequest>();
  queues.set(socket, queue);
  socket.once('close', () => {
    for (const request of [...queue]) request.closed();
  });
  return queue;
}

/** A request target with scheme and host, which overrides the header (RFC 9112, section 3.2.2). */
const absoluteForm = /^https?:\/\/([^/?#]*)/i;

function pathOf(url: string | undefined): string {
  return (url ?? '/').replace(absoluteForm, '').replace(/[?#].*$/s, '') || '/';
}

/** Express's `req.hostname` has no port, and its `req.host` is not the same in all versions. */
function forwardedHost(req: HostRequest): string | undefined {
  const host = req.headers['x-forwarded-host'];
  const trusts = req.app?.get?.('trust proxy fn');
  if (host === undefined || typeof trusts !== 'function' || !trusts(req.socket.remoteAddress, 0)) return undefined;
  return String(host).split(',', 1)[0]?.trim();
}
