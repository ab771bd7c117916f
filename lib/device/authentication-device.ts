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
import { announcer } from './passkeys/changes.js';
import { confirmer } from './passkeys/confirmation.js';
import { deviceLists } from './passkeys/devices.js';
import { enrolment } from './passkeys/enrolment.js';
import { passkeys } from './passkeys/passkeys.js';
import { pushes } from './pushes/pushes.js';
import { asker } from './requests/ask.js';
import { requests } from './requests/requests.js';
import { settler } from './requests/settle.js';
import { startWorker } from './requests/worker.js';
import { cookies } from './settings/cookies.js';
import { CallError } from './settings/errors.js';
import { type AuthenticationDeviceOptions, checkOptions } from './settings/options.js';
import type { Contents } from './store/contents.js';

/** The page, as middleware for Express and Connect or as the handler of a `node:http` server. */
export interface AuthenticationDevice<U extends User = User> {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /** The hook for `cibaBackchannel`: asks the user on the phone, and answers `later()`. */
  authenticate(transaction: Transaction<U>): Promise<Decision | Later>;
  /** Sends no more pushes, looks after no more decisions, answers 503. What is stored stays: other processes go on. */
  close(): Promise<void>;
}

/**
 * Creates the authentication device for production: a page on the user's own phone that asks by Web Push, shows who wants
 * what, and approves by passkey.
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
  const begun = ceremonies(keys, jar, sealed);
  const who = callers(sealed, jar, checked);
  const confirm = confirmer(who, begun, known);
  const tell = announcer(sealed, sent, checked);
  const settle = settler(sealed, checked);
  const reminders = new Map<string, AbortController>();
  const asked = requests(sealed, known, settle, checked, (id) => reminders.get(id)?.abort());

  const table = calls({
    rows: sealed,
    callers: who,
    enrolment: enrolment(sealed, known, begun, who, confirm, tell),
    requests: asked,
    devices: deviceLists(sealed, who, confirm, tell),
    push: push && sent && { publicKey: push.publicKey, pushes: sent },
    host: { signIn: checked.signIn ?? null, report: checked.report !== undefined, brand: checked.brand },
  });
  const serve = server(pageFiles({ name: rp.name, texts, brand: checked.brand }), table, closed.signal, checked);
  const stopWorker = startWorker(sealed, settle, logger);

  function handle(req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void {
    if (serve(req, res)) return;
    if (next) next();
    else answerError(res, new CallError('not_found', 'there is no such page'));
  }

  return Object.assign(handle, {
    authenticate: asker(sealed, asked, sent, reminders, checked),
    async close() {
      closed.abort();
      stopWorker();
      await sent?.close();
    },
  });
}
