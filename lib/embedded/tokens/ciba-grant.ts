import { DeliveryMode } from '../../authlete/types/common-types.js';
import type { AuthenticatedClient } from '../authentication/authenticate.js';
import type { Form } from '../request/form.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import type { Approval, IssuedTransaction } from '../state/transactions.js';

/** A transaction whose tokens can be made. */
export interface AuthorizedTransaction extends IssuedTransaction {
  decision: Approval;
}

/** Seconds that every `slow_down` adds to the interval (CIBA Core 1.0, section 11). */
const slowDownStep = 5;

/**
 * Judges a token request of the CIBA grant (CIBA Core 1.0, sections 10.1 and 11).
 *
 * @returns the transaction, once it is authorized
 * @throws ProtocolError with the error for the client, if it is not
 */
export function judgeCibaGrant(engine: Engine, { client }: AuthenticatedClient, form: Form): AuthorizedTransaction {
  const authReqId = form.values.get('auth_req_id');
  if (authReqId === undefined) throw new ProtocolError('E071301', 'invalid_request', 'auth_req_id is missing');
  const transaction = engine.transactions.byAuthReqId.get(authReqId);
  const known = transaction ?? engine.transactions.expired.get(authReqId);
  if (known?.client !== client) {
    throw new ProtocolError(
      'E071302',
      'invalid_grant',
      'auth_req_id is unknown, has been used, or belongs to another client',
    );
  }
  if (client.deliveryMode === DeliveryMode.PUSH) {
    throw new ProtocolError('E071303', 'unauthorized_client', 'the tokens of this client are pushed');
  }
  if (transaction === undefined) throw new ProtocolError('E071304', 'expired_token', 'auth_req_id has expired');
  if (!isDecided(transaction)) judgePoll(transaction, engine.settings.now());
  return transaction;
}

function isDecided(transaction: IssuedTransaction): transaction is AuthorizedTransaction {
  const { decision } = transaction;
  if (decision === undefined || decision.result === 'AUTHORIZED') return decision !== undefined;
  const { result, description, uri } = decision;
  throw result === 'ACCESS_DENIED'
    ? new ProtocolError('E071305', 'access_denied', description ?? 'the user denied the request', uri)
    : new ProtocolError('E071306', 'expired_token', description ?? 'the transaction failed', uri);
}

function judgePoll(transaction: IssuedTransaction, now: number): never {
  const { polledAt } = transaction;
  transaction.polledAt = now;
  if (polledAt !== undefined && now - polledAt < transaction.interval * 1000) {
    transaction.interval += slowDownStep;
    throw new ProtocolError('E071307', 'slow_down', `the interval is ${transaction.interval} seconds from now on`);
  }
  throw new ProtocolError('E071308', 'authorization_pending', 'the user has not decided yet');
}
