import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { transactionId } from '../../authlete/transaction-id.js';
import { unpackExactly } from '../../authlete/unpack-detail.js';
import type { Transaction, User } from '../../backchannel/hooks.js';
import { type Decision, failed, type Later, later } from '../../completion/decision.js';
import type { ReadableRequest } from '../../request-view/request-view.js';
import type { CheckedOptions, Payment } from '../settings/options.js';
import type { Asked } from '../store/contents.js';
import type { Entry, NewEntry, Rows } from '../store/rows.js';
import type { Ends } from './end.js';
import type { Reach } from './reach.js';
import { shownStrings } from './shown.js';

/** How many requests may wait: for one user, and for one user from one client. */
const limits = { perOwner: 20, perGroup: 5 };

/** Creates the hook of `cibaBackchannel`. */
export function asker<U extends User, R extends IncomingMessage>(
  rows: Rows,
  ends: Ends,
  { sendLink, remind }: Reach<U>,
  { link, payment, texts, logger }: CheckedOptions<U, R>,
): (transaction: Transaction<U>) => Promise<Decision | Later> {
  /** The host's name for the user, from the user's phones and passkeys. */
  async function nameOf(subject: string, phones: readonly Entry<'phone'>[]): Promise<string | undefined> {
    const known = phones.length > 0 ? phones : await rows.list('passkey', subject);
    const latest = [...known].sort((a, b) => b.contents.lastUsedAt - a.contents.lastUsedAt)[0];
    return latest?.contents.user;
  }

  /** A client that asks the same again has lost its `auth_req_id`, so nobody will fetch the tokens of the first request. */
  async function formerOf({ id, subject, contents }: NewEntry<'request'>): Promise<Entry<'request'>[]> {
    const { clientId, question } = contents;
    return (await rows.list('request', subject)).filter(
      ({ id: formerId, contents: former }) =>
        former.state === 'waiting' && former.clientId === clientId && former.question === question && formerId !== id,
    );
  }

  /** The second request replaces the first even if the user's list is full. */
  async function insert(row: NewEntry<'request'>, former: readonly Entry<'request'>[]): Promise<boolean> {
    if ((await rows.insert(row, limits)) !== 'full') return true;
    if (former.length === 0) return false;
    await replace(former);
    return (await rows.insert(row, limits)) !== 'full';
  }

  async function replace(former: readonly Entry<'request'>[]): Promise<void> {
    await Promise.all(former.map((each) => ends.fail(each, 'replaced')));
  }

  return async (transaction) => {
    const { subject, actor, request, handle, authReqId } = transaction;
    const id = transactionId(authReqId);
    const { clientId, clientIdAlias, clientName, bindingMessage, scopes, dynamicScopes, resources } = request;
    const refuse = (message: string, error?: unknown) => {
      logger.warn(message, { id, subject, clientId, error }, 'host');
      return failed();
    };

    const { authorizationDetails } = request;
    let paid: Payment | undefined;
    try {
      paid = payment && paymentOf(payment((authorizationDetails?.elements ?? []).map(unpackExactly)));
    } catch (error) {
      return refuse('a request was not shown to its user: payment() failed', error);
    }
    if (payment && !paid)
      return refuse('a request was not shown to its user: payment() found no amount and payee in it');
    const phones = await rows.list('phone', subject);
    if (phones.length === 0 && !link) return refuse('a request was not shown to its user: the user has no phone');

    const readable = {
      clientId,
      clientIdAlias,
      clientName,
      actor,
      bindingMessage,
      scopes,
      dynamicScopes,
      resources,
    } as ReadableRequest;
    const asked = { ...readable, authorizationDetails } as ReadableRequest;
    const [issuedAt, expiresAt] = [Date.now(), transaction.expiresAt.getTime()];
    const nonce = randomBytes(16).toString('base64url');
    const user = await nameOf(subject, phones);
    const about = { transaction: id, nonce, issuedAt, expiresAt, subject, ...(user !== undefined && { user }) };
    let shown: Record<string, string>;
    try {
      shown = shownStrings(about, asked, paid, texts);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_REQUEST_UNSHOWABLE') throw error;
      return refuse('a request was not shown to its user: it cannot be shown whole', error);
    }
    const question = createHash('sha256')
      .update(JSON.stringify([asked, paid]))
      .digest('base64url');
    const by = { clientId, ...(clientIdAlias && { clientIdAlias }) };
    const contents: Asked = { handle, ...by, question, issuedAt, expiresAt, shown, state: 'waiting', attempts: 0 };
    const row = { kind: 'request', id, subject, contents, client: clientId, expiresAt } as const;
    const former = await formerOf(row);
    if (!(await insert(row, former))) {
      return refuse('a request was not shown to its user: too many requests already wait for the user');
    }

    try {
      if (phones.length > 0) remind(transaction, id, phones);
      else await sendLink(transaction, id);
      await replace(former);
      return later();
    } catch (error) {
      const unsent = await rows.find('request', id);
      if (unsent) await rows.remove(unsent);
      return refuse('a request was not shown to its user: link or the store failed', error);
    }
  };
}

function paymentOf(value: Payment | null | undefined): Payment | undefined {
  const { amount, payee } = value ?? {};
  const isWhole = typeof amount === 'string' && amount !== '' && typeof payee === 'string' && payee !== '';
  return isWhole ? { amount, payee } : undefined;
}
