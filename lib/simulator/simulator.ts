import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transaction } from '../backchannel/hooks.js';
import type { Decision } from '../completion/decision.js';
import { answerError } from './answer.js';
import { consumptionDevice } from './consumption-device.js';
import { eventStream } from './event-stream.js';
import { checkOptions, type SimulatorOptions } from './options.js';
import { pageFiles } from './page-files.js';
import { pendingTransactions } from './pending-transactions.js';
import { provider } from './provider.js';
import { routes, serveRoute } from './routes.js';
import { ticker } from './ticker.js';

/** Milliseconds. */
const tickPeriod = 250;

/** The page, as middleware for Express and Connect or as the handler of a `node:http` server. */
export interface Simulator {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /** The hook for `cibaBackchannel`: waits until somebody has pressed Approve or Deny. */
  authenticate(transaction: Transaction): Promise<Decision>;
  /**
   * Ends the open pages' connections and the consumption device's flows, fails what is pending, and answers with 503
   * from then on. Without this, an open page in a browser keeps a server from closing.
   */
  close(): void;
}

/**
 * Creates the authentication device as a web page, for development and demonstrations: pending requests appear on it with
 * Approve and Deny. With `clients` it has a consumption device beside it, which sends requests as one of them.
 *
 * It knows only the transactions of its own process, and has no login: let only developers reach it.
 *
 * @throws TypeError that names the option that is wrong
 * @throws Error if `NODE_ENV` is `production`, unless `allowInProduction` is set
 * @example
 * ```ts
 * const sim = simulator({ issuer, clients });
 * const ciba = cibaBackchannel({ authlete, identifyUser, authenticate: sim.authenticate });
 * app.use('/backchannel/authentication', ciba);
 * app.use('/simulator', sim);
 * ```
 */
export function simulator(options: SimulatorOptions = {}): Simulator {
  const { clients, issuer, endpoints, loginHints, allowedHosts } = checkOptions(options);
  if (process.env.NODE_ENV === 'production' && options.allowInProduction !== true) {
    throw new Error(
      'the simulator lets anybody approve requests: it does not start if NODE_ENV is production, unless allowInProduction is true',
    );
  }

  const closed = new AbortController();
  const events = eventStream();
  const pending = pendingTransactions({
    added(view) {
      timer.start();
      events.send('pending', view);
    },
    removed: (authReqId, outcome) => events.send('gone', { authReqId, outcome }),
    refused: (clientName, reason) => events.send('refused', { clientName, reason }),
  });
  const device = consumptionDevice(clients, provider(issuer, endpoints, closed.signal), {
    changed(flow) {
      timer.start();
      events.send('flow', flow);
    },
    dropped: (id) => events.send('dropped', { id }),
  });
  const timer = ticker(tickPeriod, () => {
    const now = Date.now();
    pending.expire(now);
    device.tick(now);
    events.heartbeat(now);
    return pending.size() > 0 || device.busy() || events.size() > 0;
  });

  function open(req: IncomingMessage, res: ServerResponse): void {
    events.open(req, res, {
      now: Date.now(),
      pending: pending.views(),
      // The secrets stay here.
      clients: clients.map(({ id, name, mode, scope }) => ({ id, name, mode, scope })),
      loginHints,
      flows: device.flows(),
    });
    timer.start();
  }

  const table = routes({ files: pageFiles, open, decide: pending.decide, device });

  function handle(req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void {
    if (serveRoute(table, req, res, { allowedHosts, closed: closed.signal })) return;
    if (next) next();
    else answerError(res, 404, 'not_found', 'the simulator has no such page');
  }

  return Object.assign(handle, {
    authenticate: pending.authenticate,
    close() {
      closed.abort();
      pending.close();
      device.close();
      events.close();
      timer.stop();
    },
  });
}
