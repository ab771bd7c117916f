import { randomBytes } from 'node:crypto';
import type { Pushes } from '../pushes/pushes.js';
import type { DeviceChange } from '../settings/device-change.js';
import { CallError } from '../settings/errors.js';
import { callHost } from '../settings/host-call.js';
import type { AuthenticationDeviceOptions } from '../settings/options.js';
import type { Rows } from '../store/rows.js';

/** Seconds for which push services keep the news. */
const ttl = 24 * 3600;
/** Milliseconds for which pushes are tried. */
const patience = 120_000;

/** Awaits the host's `onChange`, then tells the user's other phones. @throws CallError `not_recorded` */
export type TellOfChange = (change: DeviceChange) => Promise<void>;

type ChangeTellerOptions = Pick<AuthenticationDeviceOptions, 'onChange'> & {
  logger: { error(message: string, details?: object): void };
};

export function changeTeller(
  rows: Rows,
  pushes: Pushes | undefined,
  { onChange, logger }: ChangeTellerOptions,
): TellOfChange {
  async function tellPhones(change: DeviceChange): Promise<void> {
    const changed = 'phone' in change ? change.phone.id : undefined;
    const id = randomBytes(16).toString('base64url');
    for (const phone of await rows.list('phone', change.subject)) {
      if (phone.id !== changed) pushes?.send(phone, { change: id }, { ttl, until: Date.now() + patience });
    }
  }

  return async (change) => {
    const { type, subject } = change;
    try {
      await callHost('onChange', () => onChange?.(change));
    } catch (error) {
      logger.error('onChange failed: nothing was changed', { type, subject, error });
      throw new CallError('not_recorded', 'the change could not be recorded: nothing was changed, try again');
    }
    tellPhones(change).catch((error) => logger.error('the phones could not be told', { type, subject, error }));
  };
}
