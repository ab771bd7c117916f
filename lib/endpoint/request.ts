import type { Readable } from 'node:stream';
import type { Answer } from './answer.js';
import type { ClientCertificate } from './certificate/chain.js';

/** Names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Called when the client leaves before it gets its answer. */
export interface Watcher {
  gone(): void;
}

/** A request to one of the endpoints, and the way back to its client, whatever the kind of host. */
export interface EndpointRequest<R = unknown> {
  /** The host's own object, for its hooks. */
  readonly host: R;
  readonly method: string;
  readonly headers: Headers;
  /** Path as the client sent it. */
  readonly originalPath: string;
  /** Path below the place where the host has mounted the endpoint. */
  readonly path: string;
  /** Public URL according to the request, without query and fragment. */
  readonly url: string;
  /** The certificate of the TLS connection. */
  readonly tlsCertificate: ClientCertificate | undefined;
  /** Whether the client is gone, so that the answer can no longer be sent. */
  readonly isGone: boolean;
  /** Sets the listener for when the client goes away; replaces the one before. */
  watcher: Watcher | undefined;

  /** Whether another parser has read the body. */
  readonly bodyConsumed: boolean;
  /** What that parser has left of the body. */
  readonly consumedBody: Buffer | string | undefined;
  /** The body's bytes, if nobody has read them. */
  readonly body: Readable;
  /** Discards the rest of the body, so that the client goes on to read the answer. */
  dropBody(): void;

  /**
   * Sends the answer. Never rejects.
   *
   * @returns whether the client will get all of it, as far as anybody knows: `false` if it is gone, or the host has answered
   */
  send(answer: Answer): Promise<boolean>;
}
