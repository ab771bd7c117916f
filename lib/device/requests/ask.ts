import type { IncomingMessage } from 'node:http';
import { transactionId } from '../../authlete/transaction-id.js';
import type { Transaction, User } from '../../backchannel/hooks.js';
import { type Decision, failed, type Later, later } from '../../completion/decision.js';
import type { Pushes } from '../pushes/pushes.js';
import { runHook } from '../settings/hooks.js';
import type { CheckedOptions, Payment } from '../settings/options.js';
import type { Entry, Rows } from '../store/rows.js';
import type { Requests } from './requests.js';

/**
 * Creates the hook of `cibaBackchannel`.
 *
 * @param reminders pushes that are on their way, by the request: whoever decides one aborts them
 */
export function asker<U extends User, R extends IncomingMessage>(
  rows: Rows,
  requests: Requests,
  pushes: Pushes | undefined,
  reminders: Map<string, AbortController>,
  { origin, path, link, payment, logger }: CheckedOptions<U, R>,
): (transaction: Transaction<U>) => Promise<Decision | Later> {
  async function sendLink({ user, expiresAt }: Transaction<U>, id: string): Promise<void> {
    // In the fragment: it reaches no server, and whoever fetches the link in advance gets the page and nothing else.
    const url = `${origin}${path}#request=${id}`;
    await runHook('link', () => link?.({ user, url, expiresAt: new Date(expiresAt) }));
  }

  /** Reaches the user's phones in the background, by push or else by the link. */
  async function remind(transaction: Transaction<U>, id: string, phones: readonly Entry<'phone'>[]): Promise<void> {
    const until = transaction.expiresAt.getTime();
    const ttl = (until - Date.now()) / 1000;
    const reminder = new AbortController();
    reminders.set(id, reminder);
    try {
      const { signal } = reminder;
      const sent = phones.map((phone) => pushes?.send(phone, { request: id }, { ttl, until, signal }) ?? 'gone');
      const outcomes = await Promise.all(sent);
      if (link && outcomes.every((outcome) => outcome === 'gone')) await sendLink(transaction, id);
    } catch (error) {
      logger.error('link failed: the user has to open the page', { id, subject: transaction.subject, error });
    } finally {
      reminders.delete(id);
    }
  }

  return async (transaction) => {
    const { subject, request, handle, authReqId } = transaction;
    const id = transactionId(authReqId);
    const refuse = (why: string, error?: unknown) => {
      logger.warn(`a request was not put to its user: ${why}`, { id, subject, clientId: request.clientId, error });
      return failed();
    };

    const details = request.authorizationDetails?.elements ?? [];
    const paid = payment ? paymentOf(payment(details)) : undefined;
    if (payment && !paid) return refuse('it has no amount and payee');
    const phones = await rows.list('phone', subject);
    if (phones.length === 0 && !link) return refuse('the user has no phone');
    const { clientId, clientIdAlias, clientName, bindingMessage, scopes, dynamicScopes, resources } = request;
    const shown = { clientId, clientIdAlias, clientName, bindingMessage, scopes, dynamicScopes, resources };
    const question = {
      id,
      subject,
      handle,
      expiresAt: transaction.expiresAt.getTime(),
      request: { ...shown, authorizationDetails: request.authorizationDetails },
      ...(paid && { payment: paid }),
    };
    try {
      const outcome = await requests.ask(question as Parameters<Requests['ask']>[0]);
      if (outcome === 'full') return refuse('too many requests wait for the user');
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_REQUEST_UNSHOWABLE') throw error;
      return refuse('it cannot be shown whole', error);
    }
    if (phones.length > 0) {
      remind(transaction, id, phones);
      return later();
    }
    try {
      await sendLink(transaction, id);
      return later();
    } catch (error) {
      await requests.withdraw(id);
      return refuse('link failed', error);
    }
  };
}

function paymentOf(value: Payment | null | undefined): Payment | undefined {
  const { amount, payee } = value ?? {};
  const isWhole = typeof amount === 'string' && amount !== '' && typeof payee === 'string' && payee !== '';
  return isWhole ? { amount, payee } : undefined;
}
