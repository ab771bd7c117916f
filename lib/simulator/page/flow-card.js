// @ts-check
import { element, isolated, list } from '../../request-view/page/elements.js';
import { lines } from '../../request-view/page/request-view.js';
import { copyButton, timeOfDay } from './notices.js';

/**
 * @import { Flow, FlowStatus, Step } from '../messages.js'
 */

/**
 * @typedef {object} FlowCard
 * @property {HTMLLIElement} item
 * @property {(flow: Flow) => void} update
 */

/** @type {Record<FlowStatus, string>} */
export const states = {
  waiting: 'Waiting',
  approved: 'Approved',
  denied: 'Denied',
  expired: 'Expired',
  refused: 'Refused',
  failed: 'Failed',
};
const arrows = { sent: '→', received: '←', note: '•' };
const directions = { sent: 'Sent: ', received: 'Received: ', note: 'Result: ' };

/**
 * A request of the client, and its state. It is updated in place: what is open stays open.
 *
 * @param {Flow} flow
 * @returns {FlowCard}
 */
export function flowCard({ clientName, mode, hint, bindingMessage }) {
  const chip = element('span', 'chip');
  const steps = list('ol', 'steps', []);
  const tokens = element('p', 'tokens');
  const result = element('div', 'result');
  const item = element('li', 'card', [
    element('header', '', [element('h3', '', isolated(clientName)), chip]),
    element('p', 'about', [
      element('span', 'mode', mode),
      isolated(hint),
      ...(bindingMessage ? [element('span', 'sent-message', isolated(bindingMessage))] : []),
    ]),
    tokens,
    steps,
    result,
  ]);
  /** @type {((step: Step) => void)[]} */
  const updates = [];

  return {
    item,
    update(flow) {
      item.dataset.status = flow.status;
      chip.className = `chip ${flow.status}`;
      chip.textContent = states[flow.status];
      for (const [index, step] of flow.steps.entries()) {
        const update = updates[index];
        if (update) {
          update(step);
        } else {
          const line = stepLine(step);
          updates.push(line.update);
          steps.append(line.item);
        }
      }
      tokens.replaceChildren(
        ...(flow.status === 'approved' && flow.tokens
          ? [element('strong', '', 'The client has its tokens'), `: ${contents(flow.tokens)}`]
          : []),
      );
      result.replaceChildren(...(flow.claims ? [claims(flow.claims)] : []));
    },
  };
}

/** @param {Step} first */
function stepLine(first) {
  const arrow = element('span', 'arrow', arrows[first.direction]);
  arrow.setAttribute('aria-hidden', 'true');
  const count = element('span', 'count');
  const time = element('span');
  const http = first.http === undefined ? undefined : httpPart(first);
  const item = element('li', first.direction, [
    arrow,
    element('div', 'text', [
      element('span', 'visually-hidden', directions[first.direction]),
      isolated(first.text),
      count,
      ...(first.explanation ? [element('p', 'help', first.explanation)] : []),
      ...(http ? [http.details] : []),
    ]),
    time,
  ]);
  /** @param {Step} step */
  function update(step) {
    count.textContent = step.count > 1 ? ` × ${step.count}` : '';
    time.replaceChildren(timeOfDay(step.at));
    http?.update(step);
  }
  update(first);
  return { item, update };
}

/** @param {Step} first */
function httpPart({ direction, curl }) {
  const message = element('pre', '', [], { tabIndex: 0 });
  message.setAttribute('aria-label', `HTTP ${direction === 'sent' ? 'request' : 'message'}`);
  let command = curl ?? '';
  const details = element('details', 'developer', [
    element('summary', '', 'HTTP'),
    message,
    ...(curl === undefined ? [] : [copyButton('Copy as curl', () => command, message)]),
  ]);
  return {
    details,
    /** @param {Step} step */
    update({ http = '', curl = '' }) {
      command = curl;
      if (message.textContent !== http) message.textContent = http;
    },
  };
}

/** @param {NonNullable<Flow['tokens']>} tokens */
function contents({ accessToken, refreshToken, expiresIn, scope }) {
  const parts = [];
  if (accessToken) parts.push(`access token${expiresIn === undefined ? '' : ` for ${expiresIn} s`}`);
  if (refreshToken) parts.push('refresh token');
  if (scope) parts.push(`scope ${scope}`);
  return parts.join(' · ');
}

/** @param {Record<string, unknown>} all */
function claims(all) {
  const rows = Object.entries(all).map(([name, value]) => [name, claim(name, value)]);
  return element('section', 'claims', [element('h4', '', 'ID token'), lines('request-lines', rows)]);
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function claim(name, value) {
  if (['exp', 'iat', 'nbf', 'auth_time'].includes(name)) {
    return `${value} (${new Date(Number(value) * 1000).toLocaleTimeString()})`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
