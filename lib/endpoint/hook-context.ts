import type { IncomingMessage } from 'node:http';
import type { Exchange } from './exchange.js';

/** What hooks of the request get besides the request itself. */
export interface HookContext<R extends IncomingMessage = IncomingMessage> {
  /** The host's own request object. */
  req: R;
  /** Aborted when the client goes away or the deadline (`timeout`) passes. */
  signal: AbortSignal;
}

/** Makes the context; its signal is made when a hook asks for it. */
export function hookContext<R extends IncomingMessage>(req: R, exchange: Exchange): HookContext<R> {
  return {
    req,
    get signal() {
      return exchange.signal;
    },
  };
}
