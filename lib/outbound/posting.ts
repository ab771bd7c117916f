import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, Dispatcher } from 'undici';

/** A POST of whose answer only the status and the headers matter. */
export interface OutboundPost {
  /** Names and values alternate. */
  headers: string[];
  body: string;
  /** Milliseconds until the answer is there. Its body gets no more time than that. */
  timeout: number;
  /** Makes the error for an answer that does not come in time. */
  lateError(): Error;
  /** Ends the call, and what is left of its answer. */
  signal: AbortSignal;
}

/** What the other side said. */
export interface PostAnswer {
  status: number;
  headers: IncomingHttpHeaders;
}

/** Bytes of the answer's body that are read, so that the connection can be used again. */
const maxBody = 16 * 1024;

/**
 * Sends it. Rejects with the signal's reason, the late error, or the error of the connection.
 *
 * @param timeout milliseconds that are left for it; if there are none, nothing is sent
 */
export function sendPost(agent: Agent, url: URL, post: OutboundPost, timeout: number): Promise<PostAnswer> {
  const { origin, pathname, search } = url;
  const { headers, body } = post;
  return new Promise((resolve, reject) => {
    post.signal.throwIfAborted();
    if (timeout <= 0) throw post.lateError();
    const request: Dispatcher.DispatchOptions = { origin, path: pathname + search, method: 'POST', headers, body };
    agent.dispatch(request, new Posting(post, timeout, resolve, reject));
  });
}

// A class, as for the calls to Authlete: undici's request() would make a stream of the answer's body, and each call would
// need an AbortController, too.
class Posting implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private isOver = false;
  private bytes = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly post: OutboundPost,
    timeout: number,
    private readonly resolve: (answer: PostAnswer) => void,
    private readonly reject: (reason: unknown) => void,
  ) {
    this.timer = setTimeout(Posting.expired, timeout, this);
    post.signal.addEventListener('abort', this);
  }

  private static expired(posting: Posting): void {
    posting.giveUp(posting.post.lateError());
  }

  /** The signal is aborted. */
  handleEvent(): void {
    this.giveUp(this.post.signal.reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection: throwing takes it out of the queue and leaves the connection alone.
    if (this.isOver) throw abandoned;
    this.controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    // The status says it all: nobody waits for the rest of the answer.
    this.timer.unref();
    this.resolve({ status, headers });
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > maxBody) this.giveUp(abandoned);
  }

  onResponseEnd(): void {
    this.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.end();
    this.reject(error);
  }

  /** Ends the call without an answer, unless there is one already. */
  private giveUp(reason: unknown): void {
    this.end();
    this.reject(reason);
    this.controller?.abort(abandoned);
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.post.signal.removeEventListener('abort', this);
  }
}

const abandoned = new Error('nobody waits for the answer any more');
