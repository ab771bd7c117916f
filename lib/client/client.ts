import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EndpointHandler } from '../endpoint/doors.js';
import { requireKnownOptions } from '../options/known-options.js';
import { sealedRows } from '../stores/sealed-rows.js';
import { closeOnce } from '../time/close.js';
import { inFlight } from '../time/in-flight.js';
import { asking } from './asking.js';
import { dpopHandle, newDpopKey } from './dpop.js';
import { ApprovalError } from './errors.js';
import { follow } from './follow.js';
import { judge } from './id-token.js';
import { leases as createLeases } from './leases.js';
import { receiver } from './notifications.js';
import { type CibaClientOptions, checkOptions } from './options.js';
import { type AskParameters, type Form, fingerprint, formParameters } from './parameters.js';
import { type Approval, type ApprovalRecord, approvalOf, type Contents, type Entry } from './record.js';
import { records as createRecords } from './records.js';
import { redeem } from './redeem.js';
import { resourceFetch } from './resource-fetch.js';
import { server as createServer } from './server.js';
import { type Granted, type UseOptions, user } from './use.js';
import { withdrawer } from './withdraw.js';

/** Maximum characters of a key. */
const maxKeyLength = 1000;
/** Milliseconds between two looks at a record whose request another process sends. */
const lookPeriod = 500;
/** Milliseconds after which a record is read again, with a store that announces changes and with one that does not. */
const lookAgain = { told: 15_000, untold: 1500 };

/** Options of a call. */
export interface CallOptions {
  /** Ends the call, and nothing else: the approval goes on. */
  signal?: AbortSignal | undefined;
}

/**
 * Asks for approvals, waits for them, uses them. The host gives each a key: a tool call's id, an invoice's number.
 *
 * It is itself the endpoint that the server sends pings and pushes to: `app.use('/ciba/notifications', approvals)`, or
 * `approvals.fetch` for Web-standard hosts. POST only; it authenticates the server by the token of each request.
 */
export interface CibaClient extends EndpointHandler {
  /**
   * Asks the user. Called again with the same key and parameters, it does not ask again and returns the state of the first
   * request. After a crash, call it again.
   *
   * @param parameters of the authentication request (CIBA Core, 7.1)
   * @throws TypeError when a parameter is wrong
   * @throws ApprovalError `ERR_APPROVAL_KEY_REUSED`, `ERR_APPROVAL_UNREACHABLE`, `ERR_APPROVAL_STORE`
   */
  ask(key: string, parameters: AskParameters, options?: CallOptions): Promise<Approval>;
  /**
   * Waits until the user has decided, or can no longer decide. Any number of calls may wait, in any number of processes.
   *
   * @returns the outcome: `state` says whether it is `approved`
   * @throws ApprovalError `ERR_APPROVAL_UNKNOWN` when there is no approval with this key; the reason of `signal`
   */
  wait(key: string, options?: CallOptions): Promise<Approval>;
  /**
   * Does what was approved. Across all processes, one call at a time gets the tokens. They are removed when `run` has
   * resolved; if it rejects, the approval can be used again.
   *
   * @returns what `run` returned
   * @throws ApprovalError `ERR_APPROVAL_NOT_APPROVED`, `ERR_APPROVAL_IN_USE`, `ERR_APPROVAL_UNKNOWN`, `ERR_APPROVAL_STORE`;
   *   what `run` throws
   */
  use<T>(key: string, run: (granted: Granted) => T | PromiseLike<T>, options?: UseOptions): Promise<T>;
  /**
   * Takes the request back: the user is no longer asked, tokens are revoked.
   *
   * @throws ApprovalError `ERR_APPROVAL_UNREACHABLE` when the server could not be told (call it again), `ERR_APPROVAL_IN_USE`
   *   while `use()` runs, `ERR_APPROVAL_UNKNOWN`, `ERR_APPROVAL_STORE`
   */
  withdraw(key: string): Promise<Approval>;
  /**
   * Follows again the approvals that still wait for a decision, at most 10 000, and returns their number: call it when a process
   * starts.
   */
  resume(): Promise<number>;
  /**
   * Stops. Approvals stay in the store for other processes; it waits for the polls that are under way.
   *
   * @param options `timeout`: milliseconds, default 10 000
   */
  close(options?: { timeout?: number | undefined }): Promise<void>;
}

/**
 * Creates the client of one OpenID provider.
 *
 * @throws TypeError that names the option
 * @example
 * ```ts
 * const config = await openid.discovery(issuer, 'agent', metadata, authentication);
 * const approvals = cibaClient({ config });
 * await approvals.ask('invoice-4711', { scope: 'openid payments', login_hint: 'alice', binding_message: 'W4SCT' });
 * const { state } = await approvals.wait('invoice-4711');
 * if (state === 'approved') await approvals.use('invoice-4711', ({ fetch }) => pay(fetch));
 * ```
 */
export function cibaClient(options: CibaClientOptions): CibaClient {
  const { config, mode, keys, store, dpop, sign, logger } = checkOptions(options);
  const closing = new AbortController();
  const closed = new AbortController();
  const work = inFlight();
  const rows = sealedRows<Contents>(store, keys, 'client', logger);
  const leases = createLeases(rows, logger);
  const scope = [config.serverMetadata().issuer, config.clientMetadata().client_id];
  const records = createRecords(rows, scope, leases, closed.signal, logger);
  const server = createServer(config, closed.signal);
  const send = asking(records, server, sign, closed.signal, logger);
  const handleOf = ({ contents: { dpopKey } }: Entry) => (dpopKey ? dpopHandle(config, server, dpopKey) : undefined);
  const followed = follow(
    mode,
    records,
    send,
    redeem(records, server, judge(config, server, dpop), logger),
    handleOf,
    work.track,
    store.watch ? lookAgain.told : lookAgain.untold,
    logger,
  );
  const unwatch = store.watch?.((kind, id) => {
    if (kind === 'approval') followed.changed(id);
  });
  const use = user(
    records,
    leases,
    async (entry, { accessToken, tokenType }, origins) => {
      const handle = tokenType === 'dpop' ? await handleOf(entry) : undefined;
      return resourceFetch(config, server, accessToken, handle, origins);
    },
    closing.signal,
    logger,
  );
  const withdraw = withdrawer(config, records, server, followed.changed, closed.signal, logger);

  function idOf(key: unknown): string {
    if (typeof key !== 'string' || key === '' || key.length > maxKeyLength) {
      throw new TypeError(`key must be a string of 1 to ${maxKeyLength} characters`);
    }
    return records.idOf(key);
  }

  function requireOpen(): void {
    if (closing.signal.aborted) throw new ApprovalError('ERR_APPROVAL_CLOSED', 'the client is closed');
  }

  async function newRecord(id: string, key: string, form: Form, print: string): Promise<Entry> {
    const { binding_message: bindingMessage } = form;
    return records.insert(id, {
      state: 'asking',
      key,
      askedAt: Date.now(),
      fingerprint: print,
      parameters: form,
      ...(bindingMessage !== undefined && { bindingMessage }),
      ...(mode !== 'poll' && { notificationToken: randomBytes(32).toString('base64url') }),
      ...(dpop && { dpopKey: await newDpopKey() }),
    });
  }

  async function ask(id: string, key: string, form: Form, print: string): Promise<Approval> {
    let entry = (await records.find(id)) ?? (await newRecord(id, key, form, print));
    if (entry.contents.fingerprint !== print) {
      throw new ApprovalError('ERR_APPROVAL_KEY_REUSED', 'the key was used before, with other parameters');
    }
    entry = await records.move(entry, (record) => renewed(record, form));
    while (entry.contents.state === 'asking') {
      const asked = await send(entry);
      if (asked.contents.state !== 'asking') return approvalOf(asked);
      // Another process is about to ask.
      await sleep(lookPeriod, undefined, { signal: closing.signal });
      entry = (await records.find(id)) ?? asked;
    }
    return approvalOf(entry);
  }

  const methods: Omit<CibaClient, keyof EndpointHandler> = {
    async ask(key, parameters, callOptions = {}) {
      const signal = signalOf(callOptions, 'ask');
      requireOpen();
      const id = idOf(key);
      const asked = ask(id, key, formParameters(parameters), fingerprint(parameters));
      work.track(asked);
      return unlessAborted(asked, signal);
    },
    wait(key, callOptions = {}) {
      try {
        const signal = signalOf(callOptions, 'wait');
        requireOpen();
        // Without `await`, whose frame would be kept for each of the thousands that wait.
        return followed.wait(idOf(key), signal).then(approvalOf);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async use(key, run, useOptions) {
      requireOpen();
      const used = use(idOf(key), run, useOptions);
      work.track(used);
      return used;
    },
    async withdraw(key) {
      requireOpen();
      const withdrawn = withdraw(idOf(key));
      work.track(withdrawn);
      return approvalOf(await withdrawn);
    },
    async resume() {
      requireOpen();
      const open = await records.open();
      for (const { id } of open) followed.resume(id);
      return open.length;
    },
    close: closeOnce(async (deadline) => {
      closing.abort(new ApprovalError('ERR_APPROVAL_CLOSED', 'the client is closed'));
      followed.close();
      const left = await work.idle(deadline);
      closed.abort(new ApprovalError('ERR_APPROVAL_CLOSED', 'the client is closed'));
      unwatch?.();
      await leases.end(left === 0);
    }),
  };
  return Object.assign(receiver(mode, records, followed.resume, work.track, logger), methods);
}

/** Replaces the parameters of a request that was not answered: the signed statements in them may have expired. */
function renewed(record: ApprovalRecord, form: Form): ApprovalRecord | undefined {
  if (record.state !== 'asking' || JSON.stringify(record.parameters) === JSON.stringify(form)) return undefined;
  return { ...record, parameters: form };
}

function signalOf(options: CallOptions, owner: string): AbortSignal | undefined {
  requireKnownOptions(options, { signal: true }, owner);
  options.signal?.throwIfAborted();
  return options.signal;
}

/** Stops waiting; the work goes on. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
