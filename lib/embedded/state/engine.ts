import type { Clients } from '../client/registry.js';
import type { Settings } from '../settings/settings.js';
import type { SigningKeys } from '../settings/signing-keys.js';
import type { DpopNonces } from './dpop-nonces.js';
import type { Registrations } from './registrations.js';
import type { Tokens } from './tokens.js';
import type { Transactions } from './transactions.js';
import type { UsedJwts } from './used-jwts.js';

/** The configuration and the state of the engine. */
export interface Engine {
  readonly settings: Settings;
  readonly clients: Clients;
  readonly registrations: Registrations;
  readonly keys: SigningKeys;
  readonly transactions: Transactions;
  readonly tokens: Tokens;
  /** JWTs of clients that may not be used a second time. */
  readonly usedJwts: UsedJwts;
  readonly dpopNonces: DpopNonces;
}
