// @ts-check
import { element, isolated, list, phrase } from '../../request-view/page/elements.js';
import { card } from './card.js';
import { page } from './page.js';
import { call } from './server.js';

/**
 * @import { RequestView } from '../../request-view/types.js'
 */

const symbols = { good: '✓', bad: '✕', neutral: '…' };
const ends = /** @type {const} */ ({
  approved: ['good', 'approved', 'approvedDetails'],
  denied: ['bad', 'denied', 'deniedDetails'],
  reported: ['bad', 'denied', 'reportedDetails'],
  undelivered: ['neutral', 'undelivered', 'undeliveredDetails'],
  refused: ['bad', 'refused', 'refusedDetails'],
  expired: ['neutral', 'expired', 'expiredDetails'],
  withdrawn: ['neutral', 'withdrawn', 'withdrawnDetails'],
  replaced: ['neutral', 'replaced', 'replacedDetails'],
  endedElsewhere: ['neutral', 'endedElsewhere', 'endedElsewhereDetails'],
  approvedBefore: ['good', 'approvedBefore', 'decidedBeforeDetails'],
  deniedBefore: ['bad', 'deniedBefore', 'decidedBeforeDetails'],
  notFound: ['neutral', 'notFound', 'notFoundDetails'],
});

/**
 * Says how a request ended and, if it was approved, what was approved. From here the user goes on to the next waiting
 * request, or back to the list.
 *
 * @param {AbortSignal} visit
 * @param {string} id
 * @param {keyof typeof ends} end
 * @param {RequestView} [view]
 */
export function endScreen(visit, id, end, view) {
  if (visit.aborted) return visit;
  const { words } = page;
  const [mood, title, details] = ends[end];
  const symbol = element('p', `symbol ${mood}`, symbols[mood]);
  symbol.setAttribute('aria-hidden', 'true');
  const client = view?.client.name ?? '';
  const explanation = element('p', '', phrase(words[details], { client }));
  const next = element('section', 'next', [], { hidden: true });
  const signal = page.show(
    visit,
    element('section', 'end', [
      symbol,
      element('h1', '', words[title]),
      ...(end === 'approved' && view ? approval(view, explanation) : [explanation]),
      next,
      element('a', 'button secondary', words.done, { href: '#' }),
    ]),
  );
  page.announce(words[title]);
  void offerNext(id, next, signal);
  return signal;
}

/**
 * @param {RequestView} view
 * @param {HTMLElement} explanation stands above the list of what was allowed
 */
function approval({ payment, details, scopes }, explanation) {
  // What is paid has a sentence of its own.
  const detailed = (payment ? [] : details).map(({ title, lines }) => [
    title,
    ...lines.slice(0, 2).map(({ value }) => value),
  ]);
  const texts = [...detailed, ...scopes.map((scope) => [scope])];
  const items = texts.map((parts) =>
    element(
      'li',
      '',
      parts.flatMap((part, index) => (index === 0 ? [isolated(part)] : [' · ', isolated(part)])),
    ),
  );
  return [
    ...(payment ? [element('p', 'paid', phrase(page.words.approvedPayment, { ...payment }))] : []),
    ...(items.length > 0 ? [explanation, list('ul', 'allowed', items)] : []),
  ];
}

/**
 * @param {string} id
 * @param {HTMLElement} section
 * @param {AbortSignal} signal
 */
async function offerNext(id, section, signal) {
  const { words } = page;
  const answer = await call('requests', { language: words.language }).catch(() => undefined);
  const waiting = answer?.requests.find((request) => request.state === 'waiting' && request.id !== id);
  if (!answer || !waiting || signal.aborted) return;
  page.setClock(answer.now);
  section.append(element('h2', '', words.next), card(waiting).link);
  section.hidden = false;
}
