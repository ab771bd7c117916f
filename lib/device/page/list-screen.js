// @ts-check
import { element, list } from '../../request-view/page/elements.js';
import { who } from '../../request-view/page/request-view.js';
import { card, earlierLine } from './card.js';
import { page } from './page.js';
import { allowPushes, closeNotifications, needsHomeScreen, pushState } from './push.js';
import { CallError, call } from './server.js';

/**
 * @import { RequestSummary } from '../settings/request-api.js'
 */

const period = 4000;
/** Whether this page has shown its first screen. */
let hasShown = location.hash !== '';

/**
 * The waiting requests, and how earlier ones ended. It keeps asking the server, so a request appears even if its push got
 * lost.
 *
 * @param {AbortSignal} visit
 */
export async function listScreen(visit) {
  const { words } = page;
  const waiting = element('div', 'waiting');
  const earlier = element('section', 'earlier', [], { hidden: true });
  const signal = page.show(visit, element('h1', '', words.requests), waiting, notifications(), earlier);
  /** @type {(() => number)[]} */
  let ticks = [];
  let before = '';

  async function refresh() {
    if (document.visibilityState === 'hidden' || signal.aborted) return;
    let requests;
    try {
      const answer = await call('requests', { language: words.language });
      page.setClock(answer.now);
      requests = answer.requests;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CallError && error.code === 'no_phone') location.reload();
      page.showProblem(error);
      return;
    }
    if (signal.aborted) return;
    page.showProblem();
    const undecided = requests.filter(({ state }) => state === 'waiting');
    const [only] = undecided;
    void closeNotifications((tag) => !undecided.some(({ id }) => id === tag));
    // A user who opens the page while one request waits has come for that request.
    if (!hasShown && undecided.length === 1 && only) {
      hasShown = true;
      location.replace(`#request=${encodeURIComponent(only.id)}`);
      return;
    }
    hasShown = true;
    const now = JSON.stringify(requests.map(({ id, state }) => [id, state]));
    if (now === before) return;
    before = now;
    show(
      undecided,
      requests.filter(({ state }) => state !== 'waiting'),
    );
  }

  /**
   * @param {RequestSummary[]} undecided
   * @param {RequestSummary[]} decided
   */
  function show(undecided, decided) {
    const focused = /** @type {HTMLAnchorElement | null} */ (document.activeElement?.closest('.waiting a'))?.hash;
    const cards = undecided.map(card);
    ticks = cards.map(({ tick }) => tick);
    waiting.replaceChildren(
      undecided.length > 0
        ? list(
            'ul',
            'cards',
            cards.map(({ link }) => element('li', '', link)),
          )
        : element('div', 'empty', [element('p', 'strong', words.nothing), element('p', 'quiet', words.nothingDetails)]),
    );
    const links = [...waiting.querySelectorAll('a')];
    links.find(({ hash }) => focused && hash === focused)?.focus();
    earlier.hidden = decided.length === 0;
    earlier.replaceChildren(element('h2', '', words.earlier), list('ul', '', decided.map(earlierLine)));
    if (undecided.length > 0) page.announce(undecided.map(asking).join('. '));
  }

  await refresh();
  const poll = setInterval(refresh, period);
  const second = setInterval(() => {
    for (const tick of ticks) tick();
  }, 1000);
  document.addEventListener('visibilitychange', refresh, { signal });
  addEventListener('refresh', refresh, { signal });
  signal.addEventListener('abort', () => {
    clearInterval(poll);
    clearInterval(second);
  });
}

/** @param {RequestSummary} summary */
function asking({ clientName, agentName }) {
  const { words } = page;
  return `${element('p', '', who(clientName, agentName, words.agent)).textContent} ${words.asks}`;
}

/** Offers pushes, or says why there are none. */
function notifications() {
  const { words, state } = page;
  const box = element('section', 'offer', [], { hidden: true });
  const push = pushState(state);
  const { pushKey } = state;
  if (pushKey === null || push === 'on') return box;
  if (needsHomeScreen()) box.append(element('p', '', words.homeScreen));
  else if (push === 'blocked') box.append(element('p', '', words.notificationsBlocked));
  else if (push === 'off') {
    const allow = element('button', 'secondary', words.allowNotifications, { type: 'button' });
    allow.addEventListener('click', async () => {
      try {
        const changed = await allowPushes(pushKey);
        if (changed) page.update(changed);
        box.replaceWith(notifications());
      } catch (error) {
        page.showProblem(error);
      }
    });
    box.append(element('h2', '', words.beAsked), element('p', '', words.beAskedDetails), allow);
  }
  box.hidden = box.childElementCount === 0;
  return box;
}
