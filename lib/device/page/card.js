// @ts-check
import { codes, element, isolated, phrase } from '../../request-view/page/elements.js';
import { timeLeft, who } from '../../request-view/page/request-view.js';
import { page } from './page.js';

/**
 * @import { RequestSummary } from '../settings/request-api.js'
 */

/**
 * A waiting request, as a card that links to it.
 *
 * @param {RequestSummary} summary
 */
export function card({ id, clientName, agentName, bindingMessage, payment, amounts = [], issuedAt, expiresAt }) {
  const { words } = page;
  const asker = who(clientName, agentName, words.agent);
  const time = new Intl.DateTimeFormat(words.language, { timeStyle: 'short' }).format(issuedAt);
  const left = timeLeft({ from: issuedAt, until: expiresAt }, page.now, words.timeLeft, 'span');
  const link = element('a', 'card', [
    ...(payment
      ? [
          element('span', 'amount', isolated(payment.amount)),
          element('span', 'strong', isolated(payment.payee)),
          element('span', '', asker),
        ]
      : [...amounts.map((amount) => element('span', 'amount', isolated(amount))), element('span', 'strong', asker)]),
    ...(bindingMessage ? [element('span', 'binding', codes(bindingMessage))] : []),
    element('span', 'times', [
      element('span', 'quiet', words.askedAt.replace('{time}', time)),
      ...left.elements.slice(0, 1),
    ]),
    ...left.elements.slice(1),
  ]);
  link.href = `#request=${encodeURIComponent(id)}`;
  return { link, tick: left.tick };
}

/**
 * A request that was decided or has ended: how it ended, what it was, and when.
 *
 * @param {RequestSummary} summary
 */
export function earlierLine(summary) {
  const { clientName, agentName, bindingMessage, payment, amounts, state, decision, issuedAt, endedAt } = summary;
  const { words } = page;
  const asker = () => who(clientName, agentName, words.agent);
  const ending =
    state === 'refused'
      ? words.refused
      : decision === 'denied'
        ? words.denied
        : state === 'decided'
          ? words.undelivered
          : words.approved;
  const mood = state === 'refused' ? 'denied' : (decision ?? '');
  const date = new Intl.DateTimeFormat(words.language, { dateStyle: 'medium', timeStyle: 'short' });
  return element('li', '', [
    element('p', 'first', [
      element(
        'span',
        '',
        payment ? phrase(words.payment, { ...payment }) : amounts?.length ? [isolated(amounts.join(', '))] : asker(),
      ),
      element('span', `chip ${mood}`, ending),
    ]),
    element('p', 'quiet', [
      ...(payment || amounts?.length ? [...asker(), ' · '] : []),
      ...(bindingMessage ? [codes(bindingMessage), ' · '] : []),
      date.format(endedAt ?? issuedAt),
    ]),
  ]);
}
