// @ts-check
import { element, isolated } from '../../request-view/page/elements.js';
import { lines, requestElements, timeLeft } from '../../request-view/page/request-view.js';
import { announce, copyButton } from './notices.js';

/**
 * @import { TransactionView } from '../messages.js'
 */

/**
 * @typedef {object} RequestCard
 * @property {TransactionView} transaction
 * @property {HTMLLIElement} item
 * @property {HTMLElement} problem shows what went wrong
 * @property {() => void} tick
 */

const words = {
  agent: '{agent}, an agent of {client}',
  bindingMessage: 'Binding message',
  amount: 'Amount',
  payee: 'To',
  scopes: 'This will allow it to',
  resources: 'Where it will use this',
  timeLeft: '{time} left',
};
let lastNumber = 0;

/**
 * A request that waits for its user.
 *
 * @param {TransactionView} transaction
 * @param {() => number} now
 * @param {(card: RequestCard, action: 'allow' | 'deny') => void} decide
 * @returns {RequestCard}
 */
export function requestCard(transaction, now, decide) {
  const { request, subject, receivedAt, expiresAt } = transaction;
  lastNumber += 1;
  const heading = element('h3', '', [], { id: `request-${lastNumber}`, tabIndex: -1 });
  const left = timeLeft({ from: receivedAt, until: expiresAt }, now, words.timeLeft);
  const asks = element('span', 'subject', ['asks for the approval of ', isolated(subject)]);
  const problem = element('p', 'error');
  problem.setAttribute('role', 'alert');

  /**
   * @param {string} className
   * @param {string} text
   * @param {'allow' | 'deny'} action
   */
  const button = (className, text, action) => {
    const built = element('button', className, text, { type: 'button' });
    built.setAttribute('aria-describedby', heading.id);
    built.addEventListener('click', () => decide(card, action));
    return built;
  };

  const item = element('li', 'card', [
    ...requestElements(request, { ...words, asks }, heading),
    ...left.elements,
    problem,
    element('p', 'buttons', [button('secondary', 'Deny', 'deny'), button('primary', 'Approve', 'allow')]),
    developerPart(transaction),
  ]);
  let warned = false;
  const card = {
    transaction,
    item,
    problem,
    tick() {
      const seconds = left.tick();
      if (warned || seconds > 15) return;
      warned = true;
      announce(`Request from ${request.client.name} expires in ${seconds} seconds`);
    },
  };
  return card;
}

/** @param {TransactionView} transaction */
function developerPart({ authReqId, request, scopes, acr }) {
  const url = new URL(`decide?${new URLSearchParams({ action: 'allow', auth_req_id: authReqId })}`, location.href);
  const curl = `curl -X POST '${url}'`;
  const command = element('pre', '', curl, { tabIndex: 0 });
  command.setAttribute('aria-label', 'Command that approves');
  return element('details', 'developer', [
    element('summary', '', 'For developers'),
    lines('request-lines', [
      ['auth_req_id', authReqId],
      ['client_id', request.client.id],
      ['scope', scopes.join(' ')],
      ...(acr ? [['acr', acr]] : []),
    ]),
    command,
    copyButton('Copy as curl', () => curl, command),
  ]);
}
