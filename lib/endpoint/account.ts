import type { Actor } from '../authlete/actor.js';
import type { DeliveryMode } from '../authlete/types/common-types.js';
import { type Answer, isHeaderValue } from './answer.js';

/** What an answer of Authlete's says of the client, and for it, whatever becomes of the request. */
interface Said {
  clientId?: unknown;
  clientIdAlias?: unknown;
  attestationChallenge?: unknown;
  dpopNonce?: unknown;
}

/** What has become known of a request, step by step: for its event and its trace, and for the client. */
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
  /** Who acts for the user, where that is not the client itself. */
  actor: Actor | undefined;
  private attestationChallenge: string | undefined;
  private dpopNonce: string | undefined;

  /** Keeps what Authlete's answer says of the client, and for it. */
  note({ clientId, clientIdAlias, attestationChallenge, dpopNonce }: Said): void {
    // An API that is not ours may hand out the number itself.
    if (typeof clientId === 'string' || typeof clientId === 'number' || typeof clientId === 'bigint') {
      this.clientId = String(clientId);
    }
    if (typeof clientIdAlias === 'string') this.clientIdAlias = clientIdAlias;
    if (isHeaderValue(attestationChallenge)) this.attestationChallenge = attestationChallenge;
    if (isHeaderValue(dpopNonce)) this.dpopNonce = dpopNonce;
  }

  /**
   * Adds to the answer what Authlete has for the client whatever the answer is: the challenge that the client's next
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
