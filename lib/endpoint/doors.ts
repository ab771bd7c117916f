import type { PackageLogger } from '../telemetry/logger.js';
import type { Endpoint } from './endpoint.js';
import { type FetchHandler, fetchDoor } from './fetch.js';
import { type NodeHandler, nodeDoor } from './node.js';

/** An endpoint for Node's `(req, res)` and for `fetch`. */
export interface EndpointHandler extends NodeHandler {
  /** The same endpoint for Web-standard hosts. */
  fetch: FetchHandler;
}

export function doors<R>({ serve, timeout }: Endpoint<R>, logger: PackageLogger): EndpointHandler {
  return Object.assign(nodeDoor(serve, logger), { fetch: fetchDoor(serve, timeout, logger) });
}
