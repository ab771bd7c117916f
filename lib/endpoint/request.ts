import type { Readable } from 'node:stream';
import type { Answer } from './answer.js';
import type { ClientCertificate } from './certificate/chain.js';

/** Names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Told when the client has gone away before it was answered. */
export interface Watcher {
  gone(): void;
}

/** A request to one of the endpoints, and the way back to its client, whichever door it came through. */
export interface EndpointRequest<R = unknown> {
  /** The host's own object, for its hooks. */
  readonly host: R;
  readonly method: string;
  readonly headers: Headers;
  /** Path as the client sent it. */
  readonly originalPath: string;
  /** Path below the place where the host has mounted the endpoint. */
  readonly path: string;
  /** Public URL as far as the request tells, without query and fragment. */
  readonly url: string;
  /** What presented itself to the TLS connection. */
  readonly tlsCertificate: ClientCertificate | undefined;
  /** Nobody can be sent the answer any more. */
  readonly isGone: boolean;
  /** The one to be told when the client goes away; replaces the one before. */
  watcher: Watcher | undefined;

  /** Whether another parser has read the body. */
  readonly bodyConsumed: boolean;
  /** What that parser has left of it. */
  readonly consumedBody: Buffer | string | undefined;
  /** Bytes, where nobody has read them. */
  readonly body: Readable;
  /** Lets go of the body, so that the client gets to read the answer. */
  dropBody(): void;

  /**
   * Sends the answer. Never rejects.
   *
   * @returns whether the client is on its way to get it all: not when it is gone, or the host has answered already
   */
  send(answer: Answer): Promise<boolean>;
}
