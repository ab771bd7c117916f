// @ts-check
import { element, isolated, list } from './elements.js';

/**
 * @import { RequestView } from '../types.js'
 */

/**
 * The page's own words around a request. `{time}` stands for what is left.
 *
 * @typedef {object} RequestWords
 * @property {string | Node} asks after the client's name
 * @property {string} bindingMessage
 * @property {string} amount
 * @property {string} payee
 * @property {string} scopes
 * @property {string} resources
 * @property {string} timeLeft
 */

/**
 * Shows all of a request, the most important first: who asks, what is paid, the binding message.
 *
 * @param {RequestView} view
 * @param {RequestWords} words
 * @param {HTMLHeadingElement} heading takes the client's name
 * @returns {HTMLElement[]}
 */
export function requestElements(view, words, heading) {
  heading.replaceChildren(isolated(view.client.name));
  const below = /** @type {const} */ ({ H1: 'h2', H2: 'h3', H3: 'h4' })[heading.tagName] ?? 'h4';
  /** @param {string | Node} text */
  const title = (text) => element(below, '', text);

  const client = element('header', 'request-client', [
    heading,
    ...(view.client.id === view.client.name ? [] : [element('p', 'request-client-id', isolated(view.client.id))]),
    element('p', 'request-asks', words.asks),
  ]);
  const { payment, bindingMessage, scopes, resources } = view;
  return [
    client,
    ...(payment
      ? [
          lines('request-payment', [
            [words.amount, payment.amount],
            [words.payee, payment.payee],
          ]),
        ]
      : []),
    ...(bindingMessage ? [message(bindingMessage, words.bindingMessage)] : []),
    ...view.details.map((detail) =>
      element('section', 'request-part', [
        title(isolated(detail.title)),
        lines(
          'request-lines',
          detail.lines.map(({ name, value }) => [name, value]),
        ),
      ]),
    ),
    ...(scopes.length > 0 ? [element('section', 'request-part', [title(words.scopes), texts(scopes)])] : []),
    ...(resources.length > 0 ? [element('section', 'request-part', [title(words.resources), texts(resources)])] : []),
  ];
}

/**
 * @param {string} text
 * @param {string} caption
 */
function message(text, caption) {
  return element('figure', 'request-message', [
    element('figcaption', '', caption),
    element('blockquote', '', isolated(text)),
  ]);
}

/**
 * @param {string} className
 * @param {string[][]} rows each a name and a value
 */
export function lines(className, rows) {
  const texts = rows.map((row) => row.map(isolated));
  return element(
    'dl',
    className,
    texts.map(([name = '', value = '']) => element('div', '', [element('dt', '', name), element('dd', '', value)])),
  );
}

/** @param {string[]} items */
function texts(items) {
  return list(
    'ul',
    'request-texts',
    items.map((item) => element('li', '', isolated(item))),
  );
}

/**
 * The time that is left to decide, as a clock and as a bar.
 *
 * @param {{ from: number, until: number }} span milliseconds since the epoch, by the server's clock
 * @param {() => number} now the time by the server's clock
 * @param {string} words
 * @returns {{ elements: HTMLElement[], tick: () => number }} `tick` brings it up to date and tells the seconds left
 */
export function timeLeft({ from, until }, now, words) {
  const clock = element('p', 'request-time');
  clock.setAttribute('role', 'timer');
  const bar = /** @type {HTMLProgressElement} */ (element('progress', 'request-bar', [], { max: until - from }));
  bar.setAttribute('aria-hidden', 'true');

  function tick() {
    const left = Math.min(until - from, Math.max(0, until - now()));
    const seconds = Math.ceil(left / 1000);
    const text = words.replace('{time}', `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`);
    if (clock.textContent !== text) clock.textContent = text;
    bar.value = left;
    for (const part of [clock, bar]) part.classList.toggle('late', seconds <= 15);
    return seconds;
  }

  tick();
  return { elements: [clock, bar], tick };
}
