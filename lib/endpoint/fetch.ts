import { Readable } from 'node:stream';
import type { PackageLogger } from '../telemetry/logger.js';
import { type Answer, errorAnswer, notFound } from './answer.js';
import type { ClientCertificate } from './certificate/chain.js';
import { HostError } from './failure.js';
import type { EndpointRequest, Watcher } from './request.js';

/**
 * Serves a Web-standard host, on Node: Hono, a route handler of Next.js, SvelteKit and others. Needs no `this`, and never
 * rejects.
 *
 * @param request as it came in: its body must not have been read
 * @param context only `certificate` is read: the client's, if the host knows it (see the option `clientCertificate`)
 */
export type FetchHandler = (request: Request, context?: unknown) => Promise<Response>;

/**
 * Serves an endpoint to Web-standard hosts.
 *
 * @param timeout milliseconds that the host has to read the answer
 */
export function fetchDoor<R>(
  serve: (request: EndpointRequest<R>) => void,
  timeout: number,
  logger: PackageLogger,
): FetchHandler {
  return (request, context) =>
    new Promise((resolve) => {
      try {
        serve(new WebRequest(request, context, timeout, logger, resolve) as never);
      } catch (error) {
        logger.error('fetch() was given something that is not a Request', { error }, 'host');
        const { status, headers, body } = errorAnswer(500, 'server_error');
        resolve(new Response(body, { status, headers }));
      }
    });
}

class WebRequest implements EndpointRequest<Request> {
  readonly host: Request;
  readonly headers: Record<string, string>;
  watcher: Watcher | undefined;
  private readonly signal: AbortSignal | undefined;
  private readonly context: unknown;
  private readonly timeout: number;
  private readonly logger: PackageLogger;
  private readonly respond: (response: Response) => void;
  private readable: Readable | undefined;

  constructor(
    request: Request,
    context: unknown,
    timeout: number,
    logger: PackageLogger,
    respond: (response: Response) => void,
  ) {
    this.host = request;
    this.headers = Object.fromEntries(request.headers);
    this.context = context;
    this.timeout = timeout;
    this.logger = logger;
    this.respond = respond;
    // Azure's request, for one, has no signal.
    this.signal = request.signal ?? undefined;
    this.signal?.addEventListener('abort', () => this.watcher?.gone(), { once: true });
  }

  get method(): string {
    return this.host.method;
  }

  get originalPath(): string {
    return new URL(this.host.url).pathname;
  }

  get path(): string {
    return this.originalPath;
  }

  get url(): string {
    const { origin, pathname } = new URL(this.host.url);
    return origin + pathname;
  }

  get tlsCertificate(): ClientCertificate | undefined {
    return (this.context as { certificate?: ClientCertificate } | null | undefined)?.certificate ?? undefined;
  }

  get bodyConsumed(): boolean {
    if (!this.host.bodyUsed && this.host.body?.locked !== true) return false;
    throw new HostError('fetch() was given a Request whose body has been read: give it the Request as it came in');
  }

  get consumedBody(): undefined {
    return undefined;
  }

  get body(): Readable {
    this.readable ??= readableOf(this.host);
    return this.readable;
  }

  dropBody(): void {
    this.body.destroy();
  }

  get isGone(): boolean {
    return this.signal?.aborted === true;
  }

  send(answer: Answer): Promise<boolean> {
    return new Promise((resolve) => {
      try {
        this.respond(this.response(answer, resolve));
      } catch (error) {
        this.logger.error('the answer could not be made a Response', { error });
        this.respond(this.response(errorAnswer(500, 'server_error'), () => resolve(false)));
      }
    });
  }

  /** @param done called with whether the body was read to its end */
  private response({ status, headers, body }: Answer, done: (read: boolean) => void): Response {
    const bytes = new TextEncoder().encode(body);
    const { Connection: _, ...own } = headers;
    // RFC 9110, section 8.6: no Content-Length with 204.
    const init = { status, headers: status === 204 ? own : { ...own, 'Content-Length': String(bytes.length) } };
    if (this.host.method === 'HEAD' || bytes.length === 0 || bodiless.has(status)) {
      const response = new Response(null, init);
      done(true);
      return response;
    }
    const { signal } = this;
    const { stream, abort } = bodyStream(bytes, (read) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', gone);
      done(read);
    });
    const gone = () => abort(new DOMException('the client went away', 'AbortError'));
    const late = () => abort(new DOMException('the answer was not read in time', 'TimeoutError'));
    const timer = setTimeout(late, this.timeout).unref();
    signal?.addEventListener('abort', gone);
    if (signal?.aborted) gone();
    return new Response(stream, init);
  }
}

/** Statuses with which a `Response` must have no body (Fetch, 2.2.3). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * The body of a request as a stream of Node. Not Node's own conversion, which takes only Node's streams: a body may come
 * from another library or realm.
 */
function readableOf({ body }: Request): Readable {
  if (!body) return Readable.from([]);
  const reader = body.getReader();
  const readable = new Readable({
    read() {
      reader.read().then(
        ({ done, value }) => this.push(done ? null : value),
        (error) => this.destroy(error as Error),
      );
    },
    destroy(error, callback) {
      // A body that has ended cannot be cancelled.
      reader.cancel(error ?? undefined).catch(() => {});
      callback(error);
    },
  });
  // A stream that is destroyed may still emit an error.
  return readable.on('error', () => {});
}

/**
 * A body from which nothing is read in advance, so that it knows whether its reader has come to the end.
 *
 * @param done called once: whether the end was reached
 */
function bodyStream(bytes: Uint8Array, done: (read: boolean) => void) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let isTaken = false;
  let isDone = false;
  const finish = (read: boolean) => {
    if (!isDone) done(read);
    isDone = true;
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      start(c) {
        controller = c;
      },
      pull() {
        if (isTaken) {
          controller.close();
          finish(true);
        } else controller.enqueue(bytes);
        isTaken = true;
      },
      cancel: () => finish(false),
    },
    { highWaterMark: 0 },
  );
  const abort = (reason: Error) => {
    controller.error(reason);
    finish(false);
  };
  return { stream, abort };
}

/**
 * Serves some paths to Web-standard hosts; 404 for the others.
 *
 * @param find the answer to a request for one of our paths
 */
export function fetchDoorToSome(
  find: (request: EndpointRequest) => Promise<Answer | undefined> | undefined,
  logger: PackageLogger,
): FetchHandler {
  const serve = (request: EndpointRequest) => {
    const found = find(request);
    if (found === undefined) void request.send(notFound());
    else void found.then((answer) => request.send(answer ?? notFound()));
  };
  return fetchDoor(serve, timeToRead, logger);
}

/** Milliseconds in which the host has to read a document. */
const timeToRead = 60_000;
