// @ts-check
import { element } from '../../request-view/page/elements.js';
import { page } from './page.js';

/**
 * @import { Outcome } from '../settings/request-api.js'
 */

/** Milliseconds for which the buttons ignore taps: a tap may have been meant for what was there before. */
const guard = 500;
/** Milliseconds for which a denial can be taken back. */
const undoTime = 3000;

/**
 * @typedef {object} DecisionHandlers
 * @property {(say: (text: string) => void) => Promise<Outcome>} approve
 * @property {(isReport: boolean) => Promise<Outcome>} deny
 * @property {() => void} begun
 * @property {(outcome: Outcome, isReport: boolean) => void} ended
 * @property {(error: unknown) => void} failed
 */

/**
 * The buttons that decide. Approve reads "Read on" until the end of the request has been on the screen. A denial can be
 * undone.
 *
 * @param {HTMLElement} article the request
 * @param {HTMLElement} footer the bar that covers its end
 * @param {DecisionHandlers} handlers
 */
export function deciding(article, footer, { approve, deny, begun, ended, failed }) {
  const { words, state } = page;
  const approveButton = element('button', 'approve', words.readOn, { type: 'button' });
  const denyButton = element('button', 'deny', words.deny, { type: 'button' });
  const notAsked = state.report ? [element('button', 'link', words.notAsked, { type: 'button' })] : [];
  const buttons = [approveButton, denyButton, ...notAsked];
  const choice = [denyButton, approveButton];
  // Folded details need not be read before an approval.
  const end = /** @type {HTMLElement} */ ([...article.children].filter(({ tagName }) => tagName !== 'DETAILS').at(-1));
  const row = element('div', 'buttons', choice);
  let isRead = false;
  let isBusy = false;
  /** @type {ReturnType<typeof setTimeout>} */
  let guarded;

  /** Sets `aria-disabled`, since buttons that are really disabled lose the focus. */
  function lock() {
    clearTimeout(guarded);
    for (const button of buttons) button.ariaDisabled = 'true';
  }

  function guardThem() {
    lock();
    guarded = setTimeout(() => {
      for (const button of buttons) button.ariaDisabled = null;
    }, guard);
  }

  function look() {
    if (isRead || isBusy || document.visibilityState === 'hidden') return;
    const visible = Math.min(footer.getBoundingClientRect().top, innerHeight);
    if (end.getBoundingClientRect().bottom > visible + 1) return;
    isRead = true;
    approveButton.textContent = words.approve;
    guardThem();
  }

  function readOn() {
    const top = footer.getBoundingClientRect().top * 0.8;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    scrollBy({ top: Math.max(top, 100), behavior: isStill ? 'auto' : 'smooth' });
  }

  /**
   * @param {() => Promise<Outcome>} send
   * @param {boolean} isReport
   */
  async function decide(send, isReport) {
    try {
      ended(await send(), isReport);
    } catch (error) {
      failed(error);
    }
    isBusy = false;
    row.replaceChildren(...choice);
    approveButton.textContent = isRead ? words.approve : words.readOn;
    guardThem();
  }

  function begin() {
    isBusy = true;
    begun();
    lock();
  }

  /**
   * @param {AbortSignal} signal
   * @param {boolean} isReport
   */
  function denyLater(signal, isReport) {
    begin();
    const settled = new AbortController();
    const undo = element('button', 'secondary', words.undo, { type: 'button' });
    const text = element('p', 'denying', isReport ? words.reporting : words.denying);
    const send = () => {
      if (settled.signal.aborted) return;
      settled.abort();
      undo.ariaDisabled = 'true';
      text.textContent = words.wait;
      void decide(() => deny(isReport), isReport);
    };
    const timer = setTimeout(send, undoTime);
    settled.signal.addEventListener('abort', () => clearTimeout(timer));
    // Leaving the page sends the denial: only Undo takes it back.
    signal.addEventListener('abort', send, { signal: settled.signal });
    addEventListener('pagehide', send, { signal: settled.signal });
    undo.addEventListener('click', () => {
      if (settled.signal.aborted) return;
      settled.abort();
      isBusy = false;
      row.replaceChildren(...choice);
      guardThem();
      denyButton.focus();
    });
    row.replaceChildren(text, undo);
    undo.focus();
    page.announce(text.textContent ?? '');
  }

  /** @param {AbortSignal} signal of the screen, which has just been shown */
  function start(signal) {
    approveButton.addEventListener('click', () => {
      if (approveButton.ariaDisabled === 'true') return;
      if (!isRead) {
        readOn();
        return;
      }
      begin();
      approveButton.textContent = words.confirmWithPasskey;
      void decide(
        () =>
          approve((text) => {
            approveButton.textContent = text;
          }),
        false,
      );
    });
    denyButton.addEventListener('click', () => {
      if (denyButton.ariaDisabled !== 'true') denyLater(signal, false);
    });
    notAsked[0]?.addEventListener('click', () => {
      if (notAsked[0]?.ariaDisabled !== 'true') denyLater(signal, true);
    });
    guardThem();
    look();
    for (const event of ['scroll', 'resize']) addEventListener(event, look, { signal, passive: true });
    document.addEventListener('visibilitychange', look, { signal });
    const observer = new ResizeObserver(look);
    for (const part of [article, footer]) observer.observe(part);
    signal.addEventListener('abort', () => {
      observer.disconnect();
      clearTimeout(guarded);
    });
  }

  return { row, notAsked, start, isBusy: () => isBusy };
}
