/** How a client hears of the decision (CIBA Core 1.0, section 5). */
export type Mode = 'poll' | 'ping' | 'push';

/** A client with every default filled in. */
export interface Client {
  id: string;
  secret: string;
  name: string;
  mode: Mode;
  authMethod: 'client_secret_basic' | 'client_secret_post';
  scope: string;
}
