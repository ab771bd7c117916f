import type { Client } from '../client/client.js';
import type { ClientMetadata } from '../settings/client-metadata.js';

/** A client that registered itself. */
export interface Registration {
  readonly client: Client;
  /** SHA-256 of its registration access token (RFC 7592, section 3). */
  readonly tokenHash: Buffer;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** As it was registered. */
  metadata: ClientMetadata;
}

/** The clients that registered themselves, by their id. */
export type Registrations = Map<string, Registration>;
