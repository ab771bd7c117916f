// @ts-check
import { byId, element } from './elements.js';
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
  /** @type {State} */
  state = {
    phone: null,
    session: null,
    pushKey: null,
    waiting: 0,
    signIn: null,
    report: false,
    brand: { logo: null, accent: null },
    now: Date.now(),
  };
  /** How far the server's clock is ahead, in milliseconds. */
  #ahead = 0;
  /** @type {AbortController | undefined} */
  #screen;

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

  /** Ends what the screen before does. */
  async leave() {
    this.#screen?.abort();
  }

  /**
   * Shows another screen; its heading takes the focus, so that a screen reader begins there.
   *
   * @param {(string | Node)[]} children
   * @returns {AbortSignal} aborted when the screen is left
   */
  show(...children) {
    this.#screen?.abort();
    this.#screen = new AbortController();
    const main = byId('main', HTMLElement);
    main.replaceChildren(...children);
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

  /** @param {string} text */
  showProblem(text) {
    const main = byId('main', HTMLElement);
    const former = main.querySelector('.problem');
    if (former) former.textContent = text;
    else if (text) main.prepend(problem(text));
  }

  /**
   * A sentence for what went wrong; `undefined` where the notice at the top says it already.
   *
   * @param {unknown} error
   */
  describe(error) {
    const { words } = this;
    if (error instanceof NotConfirmedError) return words.notConfirmed;
    if (error instanceof ExistingPasskeyError) return words.signInDetails;
    if (!(error instanceof CallError)) return words.unavailable;
    const known = {
      offline: '',
      passkey_refused: words.passkeyRefused,
      not_recorded: words.notRecorded,
      too_many: words.tooMany,
    };
    return known[/** @type {keyof typeof known} */ (error.code)] ?? words.unavailable;
  }
}

/** @param {string} text */
export function problem(text = '') {
  const paragraph = element('p', 'problem', text);
  paragraph.setAttribute('role', 'alert');
  return paragraph;
}

export const page = new Page();
