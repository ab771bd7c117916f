// @ts-check
import { element, isolated, list } from './elements.js';
import { page } from './page.js';
import { phrase } from './texts.js';

/**
 * @import { RequestView } from '../../request-view/types.js'
 */

const symbols = { good: '✓', bad: '✕', open: '…' };
const ends = /** @type {const} */ ({
  approved: ['good', 'approvedDetails'],
  denied: ['bad', 'deniedDetails'],
  undelivered: ['open', 'undeliveredDetails'],
  refused: ['bad', 'refusedDetails'],
  expired: ['open', 'expiredDetails'],
  approvedBefore: ['good', 'decidedBeforeDetails'],
  deniedBefore: ['bad', 'decidedBeforeDetails'],
  notFound: ['open', 'notFoundDetails'],
});

/**
 * The end of a request, unmistakable; of an approved one, what the client was allowed.
 *
 * @param {keyof typeof ends} end
 * @param {RequestView} [view]
 */
export function endScreen(end, view) {
  const { words } = page;
  const [mood, details] = ends[end];
  const symbol = element('p', `symbol ${mood}`, symbols[mood]);
  symbol.setAttribute('aria-hidden', 'true');
  const signal = page.show(
    element('section', 'end', [
      symbol,
      element('h1', '', words[end]),
      element('p', '', phrase(words[details], { client: view?.client.name ?? '' })),
      ...(end === 'approved' && view ? [allowed(view)] : []),
      element('p', 'quiet', words.closeThis),
    ]),
  );
  page.announce(words[end]);
  return signal;
}

/** @param {RequestView} view */
function allowed({ payment, details, scopes }) {
  // What is paid stands in one of the details as well.
  const paid = payment && details.length === 1;
  const detailed = paid
    ? []
    : details.map(({ title, lines }) => [title, ...lines.slice(0, 2).map(({ value }) => value)]);
  const texts = [...(payment ? [[payment.amount, payment.payee]] : []), ...detailed, ...scopes.map((scope) => [scope])];
  const items = texts.map((parts) =>
    element(
      'li',
      '',
      parts.flatMap((part, index) => (index === 0 ? [isolated(part)] : [' · ', isolated(part)])),
    ),
  );
  return list('ul', 'allowed', items);
}
