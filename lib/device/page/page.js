// @ts-check
import { byId, element, phrase } from '../../request-view/page/elements.js';
import { ExistingPasskeyError, NotConfirmedError } from './passkey.js';
import { CallError } from './server.js';

/**
 * @import { State } from '../settings/api.js'
 * @import { ServedTexts } from '../settings/page-texts.js'
 */

/** What all screens share. */
class Page {
  words = /** @type {ServedTexts} */ ({});
  /** The relying party's name. */
  brand = '';
  state = /** @type {State} */ ({ phone: null, session: null, pushKey: null, signIn: null, report: false });
  /** How far the server's clock is ahead, in milliseconds. */
  #ahead = 0;
  #visit = new AbortController();
  #screen = new AbortController();

  /** @param {State} state */
  update(state) {
    this.state = state;
    this.setClock(state.now);
  }

  /** @param {number} now the server's time */
  setClock(now) {
    this.#ahead = now - Date.now();
  }

  /** The time by the server's clock: a phone's own may be wrong. */
  now = () => Date.now() + this.#ahead;

  /**
   * Begins a visit, since the address has changed: what the visit before it still waits for is never shown.
   *
   * @returns {AbortSignal} of the visit: aborted when the address changes again
   */
  visit() {
    this.#screen.abort();
    this.#visit.abort();
    this.#visit = new AbortController();
    return this.#visit.signal;
  }

  /**
   * Shows another screen of the same visit; its heading takes the focus, so that a screen reader begins there.
   *
   * @param {AbortSignal} visit if it is over, nothing is shown
   * @param {(string | Node)[]} children
   * @returns {AbortSignal} aborted when the screen is left
   */
  show(visit, ...children) {
    if (visit.aborted) return visit;
    this.#screen.abort();
    this.#screen = new AbortController();
    const main = byId('main', HTMLElement);
    main.replaceChildren(...children);
    // While the user decides there are no links, so that no mistaken tap leads away.
    byId('nav', HTMLElement).hidden = main.querySelector('.decide') !== null;
    const heading = main.querySelector('h1');
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      document.title = `${heading.textContent} · ${this.brand}`;
    }
    scrollTo(0, 0);
    return this.#screen.signal;
  }

  /** @param {string} text for screen readers, without moving the focus */
  announce(text) {
    const log = byId('announcements', HTMLElement);
    log.append(element('p', '', text));
    if (log.children.length > 10) log.firstElementChild?.remove();
  }

  /** @param {unknown} [error] shown above the screen; without one, the last error disappears */
  showProblem(error) {
    const main = byId('main', HTMLElement);
    const former = /** @type {HTMLElement | null} */ (main.querySelector(':scope > .problem'));
    if (former === null && error === undefined) return;
    const paragraph = former ?? problem();
    if (former === null) main.prepend(paragraph);
    this.explain(paragraph, error);
  }

  /**
   * Says what went wrong, and links to where the user can put it right. A user who only cancels gets a neutral text.
   *
   * @param {HTMLElement} paragraph
   * @param {unknown} [error]
   */
  explain(paragraph, error) {
    const { words, state, brand } = this;
    paragraph.classList.toggle('neutral', error instanceof NotConfirmedError);
    if (error === undefined) paragraph.replaceChildren();
    else if (error instanceof CallError && error.code === 'step_up_required') {
      const link = state.signIn === null ? [] : [signInLink(state.signIn, words.stepUp)];
      paragraph.replaceChildren(...phrase(words.stepUpDetails, { rp: brand }), ...link);
    } else paragraph.replaceChildren(this.#sentence(error));
  }

  /** @param {unknown} error */
  #sentence(error) {
    const { words } = this;
    if (error instanceof NotConfirmedError) return words.notConfirmed;
    if (error instanceof ExistingPasskeyError) return words.hasPasskeyDetails;
    if (!(error instanceof CallError)) return words.unavailable;
    const known = {
      // The notice at the top says it already.
      offline: '',
      passkey_refused: words.passkeyRefused,
      not_recorded: words.notRecorded,
      too_many: words.tooMany,
    };
    return known[/** @type {keyof typeof known} */ (error.code)] ?? words.unavailable;
  }
}

export function problem() {
  const paragraph = element('p', 'problem');
  paragraph.setAttribute('role', 'alert');
  return paragraph;
}

const returnTo = 'ciba-device-return-to';

/**
 * A link to the host's login. The host leads back to this page without the request in its address, so the page keeps it.
 *
 * @param {string} href
 * @param {string} text
 */
export function signInLink(href, text) {
  const link = element('a', 'button secondary', text, { href });
  link.addEventListener('click', () => sessionStorage.setItem(returnTo, location.hash));
  return link;
}

/** Goes back to where the user was before the host's login. */
export function restoreAddress() {
  const hash = sessionStorage.getItem(returnTo);
  sessionStorage.removeItem(returnTo);
  if (hash && location.hash === '') history.replaceState(null, '', hash);
}

export const page = new Page();
