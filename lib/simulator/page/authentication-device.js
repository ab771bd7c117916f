// @ts-check
import { byId, element, isolated } from '../../request-view/page/elements.js';
import { announce, timeOfDay } from './notices.js';
import { requestCard } from './request-card.js';
import { messageOf, post } from './server.js';
import { waitForResult } from './waiting-user.js';

/**
 * @import { Outcome, Snapshot, TransactionView } from '../messages.js'
 * @import { RequestCard } from './request-card.js'
 */

const historyLength = 6;
/** @type {Record<Outcome, string>} */
const outcomes = { approved: 'Approved', denied: 'Denied', expired: 'Expired', ended: 'Server stopped' };

/** The user's phone: pending requests with Approve and Deny. */
export function authenticationDevice() {
  /**
   * The cards by auth_req_id, in the order in which the requests came.
   *
   * @type {Map<string, RequestCard>}
   */
  const cards = new Map();
  /** How far the server's clock is ahead, in milliseconds. */
  let ahead = 0;
  const now = () => Date.now() + ahead;

  /**
   * Shows what is pending when a connection has begun.
   *
   * @param {Snapshot} state
   */
  function snapshot({ now, pending }) {
    ahead = now - Date.now();
    const known = new Set(pending.map(({ authReqId }) => authReqId));
    for (const authReqId of cards.keys()) {
      if (!known.has(authReqId)) drop(authReqId);
    }
    for (const transaction of pending) {
      if (!cards.has(transaction.authReqId)) put(transaction);
    }
    if (pending.length > 0) announce(waiting(pending.length));
    update();
  }

  /** @param {TransactionView} transaction */
  function add(transaction) {
    const { item } = put(transaction);
    update();
    // If the two devices are below each other, a user who has just sent a request is looking at the other one.
    if (matchMedia('(max-width: 56rem)').matches) item.scrollIntoView({ block: 'start' });
    const { client, bindingMessage } = transaction.request;
    const message = bindingMessage ? `, message ${bindingMessage}` : '';
    announce(`New request from ${client.name}${message}. ${waiting(cards.size)}`);
  }

  /**
   * @param {string} authReqId
   * @param {Outcome} outcome
   */
  function remove(authReqId, outcome) {
    const card = cards.get(authReqId);
    if (!card) return;
    const { client, bindingMessage } = card.transaction.request;
    drop(authReqId);
    remember(outcome, outcomes[outcome], client.name, bindingMessage);
    update();
    announce(`Request from ${client.name}: ${outcomes[outcome]}. ${waiting(cards.size)}`);
  }

  /**
   * @param {string} clientName
   * @param {string} reason
   */
  function refuse(clientName, reason) {
    remember('ended', 'Not shown', clientName, reason);
    announce(`Request from ${clientName} cannot be shown: ${reason}`);
  }

  /** @param {TransactionView} transaction */
  function put(transaction) {
    const card = requestCard(transaction, now, decide);
    cards.set(transaction.authReqId, card);
    byId('pending', HTMLElement).append(card.item);
    return card;
  }

  /**
   * Removes a card. If it had the focus, the focus goes to the next card, or to the title.
   *
   * @param {string} authReqId
   */
  function drop(authReqId) {
    const item = cards.get(authReqId)?.item;
    const neighbour = item?.nextElementSibling ?? item?.previousElementSibling;
    const hadFocus = item?.contains(document.activeElement);
    cards.delete(authReqId);
    item?.remove();
    if (hadFocus) (neighbour?.querySelector('h3') ?? byId('phone-title', HTMLElement)).focus();
  }

  /**
   * @param {RequestCard} card
   * @param {'allow' | 'deny'} action
   */
  async function decide({ transaction, item, problem }, action) {
    if (item.hasAttribute('aria-busy')) return;
    // With another request to decide, the user goes on here.
    if (cards.size === 1) waitForResult();
    item.setAttribute('aria-busy', 'true');
    problem.textContent = '';
    try {
      await post(`decide?${new URLSearchParams({ auth_req_id: transaction.authReqId, action })}`);
    } catch (error) {
      problem.textContent = messageOf(error);
    }
    item.removeAttribute('aria-busy');
  }

  /**
   * @param {Outcome} outcome
   * @param {string} label
   * @param {string} clientName
   * @param {string} [text]
   */
  function remember(outcome, label, clientName, text) {
    const decided = byId('decided', HTMLElement);
    decided.prepend(
      element('li', '', [
        element('span', `chip ${outcome}`, label),
        element('span', 'who', [isolated(clientName), ...(text ? [' · ', isolated(text)] : [])]),
        timeOfDay(Date.now()),
      ]),
    );
    decided.children[historyLength]?.remove();
    byId('history', HTMLElement).hidden = false;
  }

  function update() {
    byId('phone-status', HTMLElement).textContent =
      `Authentication device${cards.size > 0 ? `: ${waiting(cards.size)}` : ''}`;
    byId('nothing-pending', HTMLElement).hidden = cards.size > 0;
    document.title = `${cards.size > 0 ? `(${cards.size}) ` : ''}CIBA simulator`;
  }

  byId('clear', HTMLElement).addEventListener('click', () => {
    byId('decided', HTMLElement).replaceChildren();
    byId('history', HTMLElement).hidden = true;
    byId('phone-title', HTMLElement).focus();
  });
  setInterval(() => {
    for (const card of cards.values()) card.tick();
  }, 1000);
  return { snapshot, add, remove, refuse };
}

/** @param {number} number */
function waiting(number) {
  if (number === 0) return 'Nothing left to approve';
  return number === 1 ? '1 request is waiting' : `${number} requests are waiting`;
}
