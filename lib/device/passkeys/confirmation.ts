import type { IncomingMessage } from 'node:http';
import type { ConfirmedBy } from '../settings/device-change.js';
import { CallError } from '../settings/errors.js';
import type { Callers } from './callers.js';
import type { Ceremonies, Purpose } from './ceremonies.js';
import type { Passkeys } from './passkeys.js';

/**
 * Checks that the caller may add or remove phones and passkeys: one of the user's passkeys confirms it, or `stepUp` does.
 *
 * @throws CallError `passkey_required` (with the options for the passkey), `step_up_required`, `passkey_refused`
 */
export type Confirm = (
  req: IncomingMessage,
  subject: string,
  purpose: Purpose,
  confirmation: unknown,
) => Promise<ConfirmedBy>;

export function confirmer(callers: Callers, ceremonies: Ceremonies, passkeys: Passkeys): Confirm {
  return async (req, subject, purpose, confirmation) => {
    if (confirmation !== undefined) {
      await ceremonies.answer(req, purpose, subject, (challenge) => passkeys.assert(confirmation, challenge, subject));
      return 'passkey';
    }
    if (await callers.isSteppedUp(req, subject)) return 'stepUp';
    const known = await passkeys.list(subject);
    if (known.length === 0) throw new CallError('step_up_required', 'sign in with the host again');
    const { challenge, setCookie } = ceremonies.begin(purpose, subject);
    const publicKey = { challenge, ...passkeys.requestOptions(known) };
    throw new CallError('passkey_required', 'one of the passkeys has to confirm this', {
      details: { publicKey },
      setCookie,
    });
  };
}
