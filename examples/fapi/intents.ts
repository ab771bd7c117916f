import { randomUUID } from 'node:crypto';
import type { AccessToken } from 'ciba-backchannel/resource';
import type { RequestHandler } from 'express';

/** What a client announced before it asks the user: the account requests of the UK, the consents of Brazil. */
export interface Intents {
  /** @returns its id */
  add(clientId: string): string;
  /** Whether the client announced it. */
  has(id: string, clientId: string): boolean;
}

/** Keeps the newest: this is an example. */
const maxIntents = 10_000;

export function rememberIntents(): Intents {
  const clients = new Map<string, string>();
  return {
    add(clientId) {
      const [oldest] = clients.keys();
      if (oldest !== undefined && clients.size >= maxIntents) clients.delete(oldest);
      const id = `urn:example-bank:${randomUUID()}`;
      clients.set(id, clientId);
      return id;
    },
    has: (id, clientId) => clients.get(id) === clientId,
  };
}

/** Creates an intent with the client's own access token (`client_credentials`). */
export function intentsApi(intents: Intents): RequestHandler {
  return (req, res) => {
    const { clientId, subject } = (req as { token?: AccessToken }).token as AccessToken;
    if (subject) {
      res.status(403).json({ error: 'insufficient_scope' });
      return;
    }
    // `Data` in the UK, `data` in Brazil.
    const [[envelope, wanted] = []] = Object.entries((req.body ?? {}) as Record<string, unknown>);
    if (!envelope || !/^data$/i.test(envelope) || typeof wanted !== 'object' || wanted === null) {
      res.status(400).json({ error: 'invalid_request' });
      return;
    }
    const now = new Date().toISOString();
    const id = intents.add(String(clientId));
    res.status(201).json(
      envelope === 'Data'
        ? {
            Data: { ...wanted, AccountRequestId: id, Status: 'AwaitingAuthorisation', CreationDateTime: now },
            Risk: {},
          }
        : {
            data: {
              ...wanted,
              consentId: id,
              status: 'AWAITING_AUTHORISATION',
              creationDateTime: now,
              statusUpdateDateTime: now,
            },
          },
    );
  };
}
