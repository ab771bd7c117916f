// @ts-check
import { byId, element } from '../../request-view/page/elements.js';

/**
 * Makes screen readers read a text, without moving the focus. Each text is a new line, so that it does not cut off the last.
 *
 * @param {string} text
 */
export function announce(text) {
  const log = byId('announcements', HTMLElement);
  log.append(element('p', '', text));
  if (log.children.length > 10) log.firstElementChild?.remove();
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** @param {number} milliseconds since the epoch */
export function timeOfDay(milliseconds) {
  return element('time', '', clock.format(milliseconds), { dateTime: new Date(milliseconds).toISOString() });
}

/**
 * A button that copies a text. If the browser does not allow that, it selects `shown` for the user to copy.
 *
 * @param {string} label
 * @param {() => string} text
 * @param {Node} shown
 */
export function copyButton(label, text, shown) {
  const button = element('button', 'small', label, { type: 'button' });
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = 'Copied';
      announce('Copied');
      setTimeout(() => {
        button.textContent = label;
      }, 2000);
    } catch {
      getSelection()?.selectAllChildren(shown);
    }
  });
  return button;
}
