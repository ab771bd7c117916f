// @ts-check
import { codes, element, isolated, list, phrase } from './elements.js';

/**
 * @import { RequestView } from '../types.js'
 */

/**
 * The page's own words around a request. `{time}` stands for what is left.
 *
 * @typedef {object} RequestWords
 * @property {string} agent the heading when an agent asks: `{agent}`, `{client}`
 * @property {string | Node} asks follows the client's name
 * @property {string} bindingMessage
 * @property {string} amount
 * @property {string} payee
 * @property {string} scopes
 * @property {string} resources
 * @property {string} timeLeft
 */

/**
 * Shows all of a request but the client's id, the most important first: who asks, what is paid, the binding message.
 * Amounts stand above texts that the client chose.
 *
 * @param {RequestView} view
 * @param {RequestWords} words
 * @param {HTMLHeadingElement} heading takes the client's name
 * @returns {HTMLElement[]}
 */
export function requestElements(view, words, heading) {
  heading.replaceChildren(...who(view.client.name, view.actor?.name, words.agent));
  const below = /** @type {const} */ ({ H1: 'h2', H2: 'h3', H3: 'h4' })[heading.tagName] ?? 'h4';
  /** @param {string | Node} text */
  const title = (text) => element(below, '', text);
  /** @param {RequestView['details'][number]} detail */
  const part = (detail) => element('section', 'request-part', [title(isolated(detail.title)), detailLines(detail)]);

  const { payment, bindingMessage, details, scopes, resources } = view;
  const withAmounts = details.filter(hasAmount);
  return [
    element('header', 'request-client', [heading, element('p', 'request-asks', words.asks)]),
    ...(payment ? [paymentBox(payment, words)] : []),
    ...withAmounts.map(part),
    ...(bindingMessage ? [message(bindingMessage, words.bindingMessage)] : []),
    ...details.filter((detail) => !hasAmount(detail)).map(part),
    ...(scopes.length > 0 ? [element('section', 'request-part', [title(words.scopes), texts(scopes)])] : []),
    ...(resources.length > 0 ? [element('section', 'request-part', [title(words.resources), texts(resources)])] : []),
  ];
}

/**
 * Who asks: the client, or an agent of it.
 *
 * @param {string} client
 * @param {string | undefined} agent
 * @param {string} words
 * @returns {(string | Node)[]}
 */
export function who(client, agent, words) {
  return agent === undefined ? [isolated(client)] : phrase(words, { agent, client });
}

/** @param {RequestView['details'][number]} detail */
function hasAmount({ lines }) {
  return lines.some(({ isAmount }) => isAmount);
}

/**
 * @param {NonNullable<RequestView['payment']>} payment
 * @param {RequestWords} words
 */
function paymentBox({ amount, payee }, words) {
  const box = lines('request-payment', [
    [words.amount, amount],
    [words.payee, payee],
  ]);
  box.firstElementChild?.classList.add('amount');
  return box;
}

/** @param {RequestView['details'][number]} detail */
function detailLines(detail) {
  const built = lines(
    'request-lines',
    detail.lines.map(({ name, value }) => [name, value]),
  );
  for (const [index, { isAmount }] of detail.lines.entries()) {
    if (isAmount) built.children[index]?.classList.add('amount');
  }
  return built;
}

/**
 * @param {string} text
 * @param {string} caption
 */
function message(text, caption) {
  return element('figure', 'request-message', [
    element('figcaption', '', caption),
    element('blockquote', '', codes(text)),
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
 * The time that is left to decide, as a clock and as a bar; both are quiet until a quarter is left.
 *
 * @param {{ from: number, until: number }} span milliseconds since the epoch, by the server's clock
 * @param {() => number} now the time by the server's clock
 * @param {string} words
 * @param {'p' | 'span'} [tag]
 * @returns {{ elements: HTMLElement[], tick: () => number }} `tick` updates them and returns the seconds left
 */
export function timeLeft({ from, until }, now, words, tag = 'p') {
  const clock = element(tag, 'request-time');
  clock.setAttribute('role', 'timer');
  const bar = /** @type {HTMLProgressElement} */ (element('progress', 'request-bar', [], { max: until - from }));
  bar.setAttribute('aria-hidden', 'true');

  function tick() {
    const left = Math.min(until - from, Math.max(0, until - now()));
    const seconds = Math.ceil(left / 1000);
    const text = words.replace('{time}', `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`);
    if (clock.textContent !== text) clock.textContent = text;
    bar.value = left;
    for (const part of [clock, bar]) part.classList.toggle('late', left * 4 <= until - from);
    return seconds;
  }

  tick();
  return { elements: [clock, bar], tick };
}
