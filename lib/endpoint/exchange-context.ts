import type { HookContext } from './hook-context.js';
import type { ParameterReader } from './parameters.js';
import type { EndpointRequest } from './request.js';

/** The parts of an exchange that its hooks can reach. */
interface Reachable<R> {
  readonly request: EndpointRequest<R>;
  readonly signal: AbortSignal;
  readonly parameters: ParameterReader;
}

/** The context that the hooks of a request get. It makes the signal and the reader of parameters only on demand. */
export class ExchangeContext<R> implements HookContext<R> {
  readonly req: R;
  readonly #exchange: Reachable<R>;
  #parameter: ParameterReader | undefined;

  constructor(exchange: Reachable<R>) {
    this.req = exchange.request.host;
    this.#exchange = exchange;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  // A getter, so that hooks may take it out of the context.
  get parameter(): ParameterReader {
    this.#parameter ??= this.#exchange.parameters;
    return this.#parameter;
  }
}
