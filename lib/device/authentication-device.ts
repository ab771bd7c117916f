import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transaction, User } from '../backchannel/hooks.js';
import type { Decision, Later } from '../completion/decision.js';
import { sealedRows } from '../stores/sealed-rows.js';
import { answerError } from './http/answer.js';
import { calls } from './http/calls.js';
import { pageFiles } from './http/page-files.js';
import { server } from './http/serve.js';
import { callers } from './passkeys/callers.js';
import { ceremonies } from './passkeys/ceremonies.js';
import { confirmer } from './passkeys/confirmation.js';
import { deviceLists } from './passkeys/devices.js';
import { enrolment } from './passkeys/enrolment.js';
import { passkeys } from './passkeys/passkeys.js';
import { changeTeller } from './passkeys/tell-of-change.js';
import { pushes } from './pushes/pushes.js';
import { asker } from './requests/ask.js';
import { decisionCarrier } from './requests/carry-out.js';
import { ends } from './requests/end.js';
import { lookAfterDecisions } from './requests/look-after.js';
import { reach } from './requests/reach.js';
import { requestWatch } from './requests/request-watch.js';
import { requests } from './requests/requests.js';
import { states } from './requests/states.js';
import { cookies } from './settings/cookies.js';
import { CallError } from './settings/errors.js';
import { type AuthenticationDeviceOptions, checkOptions } from './settings/options.js';
import type { Contents } from './store/contents.js';

/** The page, as middleware for Express and Connect or as the handler of a `node:http` server. */
export interface AuthenticationDevice<U extends User = User> {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /** The hook for `cibaBackchannel`: asks the user on the phone, and answers `later()`. */
  authenticate(transaction: Transaction<U>): Promise<Decision | Later>;
  /**
   * Ends a request that its client no longer wants: it disappears from the phone at once and is completed as `failed()`, so
   * the client gets `expired_token`. Give it to `cibaRevocation` as `withdraw`.
   *
   * @param by number or alias of the client that withdraws the request; requests of other clients stay as they are
   * @returns whether there was a waiting request
   * @example
   * ```ts
   * await phone.withdraw(authReqId, { clientId });
   * ```
   */
  withdraw(authReqId: string, by: { clientId: string }): Promise<boolean>;
  /** Stops sending pushes and carrying out decisions, and answers 503. Other processes carry on with what is stored. */
  close(): Promise<void>;
}

/**
 * Creates the authentication device for production: a page on the user's own phone. Web Push calls the user to it, it shows
 * who asks for what, and the user approves with a passkey.
 *
 * Put it under {@link AuthenticationDeviceOptions.path}, on the origin that the options name. It needs the package
 * `@simplewebauthn/server`, and `web-push` with the option `push`.
 *
 * @throws TypeError that names the option that is wrong
 * @see CIBA Core 1.0, section 8; WebAuthn Level 3; RFC 8030
 * @example
 * ```ts
 * const phone = authenticationDevice({ origin, rp, keys, store, user, stepUp, push, complete: completion.complete });
 * const ciba = cibaBackchannel({ authlete, handleKeys, identifyUser, authenticate: phone.authenticate });
 * app.use('/device', phone);
 * ```
 */
export function authenticationDevice<U extends User = User, R extends IncomingMessage = IncomingMessage>(
  options: AuthenticationDeviceOptions<U, R>,
): AuthenticationDevice<U> {
  const checked = checkOptions(options);
  const { origin, path, rp, keys, store, texts, push, logger } = checked;
  const closed = new AbortController();

  const sealed = sealedRows<Contents>(store, keys, 'device', logger);
  const sent = push && pushes(push, sealed, logger);
  const jar = cookies(origin, path);
  const known = passkeys({ ...rp, origin }, sealed);
  const started = ceremonies(keys, jar, sealed);
  const who = callers(sealed, jar, checked);
  const confirm = confirmer(who, started, known);
  const tellOfChange = changeTeller(sealed, sent, checked);
  const moves = states(sealed);
  const toUser = reach<U>(sealed, sent, checked);
  const { carryOut, heard } = decisionCarrier(sealed, moves, checked, toUser.closeNotifications);
  const watch = requestWatch(store);
  const asked = requests(sealed, moves, known, watch, carryOut, checked, toUser.stop);
  const ended = ends(sealed, moves, carryOut, heard, checked, toUser.closeNotifications);

  const table = calls({
    rows: sealed,
    callers: who,
    enrolment: enrolment(sealed, known, started, who, confirm, tellOfChange),
    requests: asked,
    devices: deviceLists(sealed, who, confirm, tellOfChange),
    push: push && sent && { publicKey: push.publicKey, pushes: sent },
    host: { signIn: checked.signIn ?? null, report: checked.report !== undefined, brand: checked.brand },
  });
  const serve = server(pageFiles({ name: rp.name, texts, brand: checked.brand }), table, closed.signal, checked);
  const stopLooking = lookAfterDecisions(sealed, moves, carryOut, logger);

  function handle(req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void {
    if (serve(req, res)) return;
    if (next) next();
    else answerError(res, new CallError('not_found', 'there is no such page'));
  }

  return Object.assign(handle, {
    authenticate: asker(sealed, ended, toUser, checked),
    async withdraw(authReqId: string, { clientId }: { clientId: string }) {
      return ended.withdraw(authReqId, clientId);
    },
    async close() {
      closed.abort();
      watch.close();
      stopLooking();
      ended.close();
      toUser.close();
      await sent?.close();
    },
  });
}
