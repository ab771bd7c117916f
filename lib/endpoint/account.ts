import type { Actor } from '../authlete/actor.js';
import type { DeliveryMode } from '../authlete/types/common-types.js';
import { type Answer, isHeaderValue } from './answer.js';

/** What Authlete's answer says about the client, and the headers that it has for the client, however the request ends. */
interface Said {
  clientId?: unknown;
  clientIdAlias?: unknown;
  attestationChallenge?: unknown;
  dpopNonce?: unknown;
}

/** What is known about a request, step by step: for its event, its trace and the client. */
export class Account {
  /** All digits of the client's number, and its textual id, as soon as Authlete has named them. */
  clientId: string | undefined;
  clientIdAlias: string | undefined;
  /** The transaction's id, as soon as there is one. */
  transaction: string | undefined;
  /** The user, as soon as identified. */
  subject: string | undefined;
  /** Names of the scopes: those that were requested, or those of the tokens. */
  scopes: string[] | undefined;
  /** How the client hears of the decision, as soon as Authlete has said so. */
  deliveryMode: DeliveryMode | undefined;
  /** The agent that acts for the user, if it is not the client itself. */
  actor: Actor | undefined;
  private attestationChallenge: string | undefined;
  private dpopNonce: string | undefined;

  /** Keeps what Authlete's answer says about the client, and the headers that it has for the client. */
  note({ clientId, clientIdAlias, attestationChallenge, dpopNonce }: Said): void {
    // Another implementation of the API may give the number itself.
    if (typeof clientId === 'string' || typeof clientId === 'number' || typeof clientId === 'bigint') {
      this.clientId = String(clientId);
    }
    if (typeof clientIdAlias === 'string') this.clientIdAlias = clientIdAlias;
    if (isHeaderValue(attestationChallenge)) this.attestationChallenge = attestationChallenge;
    if (isHeaderValue(dpopNonce)) this.dpopNonce = dpopNonce;
  }

  /**
   * Adds the headers that Authlete has for the client, whatever the answer: the challenge that the client's next
   * attestation has to contain (OAuth 2.0 Attestation-Based Client Authentication), the nonce of its next DPoP proof
   * (RFC 9449, section 8).
   */
  complete({ headers }: Answer): void {
    if (this.attestationChallenge !== undefined) {
      headers['OAuth-Client-Attestation-Challenge'] = this.attestationChallenge;
    }
    if (this.dpopNonce !== undefined) headers['DPoP-Nonce'] = this.dpopNonce;
  }
}
