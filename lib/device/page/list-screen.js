// @ts-check
import { element, isolated, list } from './elements.js';
import { page } from './page.js';
import { allowPushes, needsHomeScreen, pushState } from './push.js';
import { timeLeft } from './request-view.js';
import { CallError, call } from './server.js';

/**
 * @import { RequestSummary } from '../settings/api.js'
 */

const period = 4000;
let opened = false;

/** The requests that wait, and how those before them ended. A push that got lost loses nothing. */
export async function listScreen() {
  const { words } = page;
  const waiting = element('div', 'waiting');
  const earlier = element('section', 'earlier', [], { hidden: true });
  const signal = page.show(element('h1', '', words.requests), waiting, notifications(), earlier);
  /** @type {(() => number)[]} */
  let ticks = [];
  let before = '';

  async function refresh() {
    if (document.visibilityState === 'hidden' || signal.aborted) return;
    let requests;
    try {
      const answer = await call('requests');
      page.setClock(answer.now);
      requests = answer.requests;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CallError && error.code === 'no_phone') location.reload();
      page.showProblem(page.describe(error) ?? '');
      return;
    }
    if (signal.aborted) return;
    page.showProblem('');
    const open = requests.filter(({ state }) => state === 'waiting');
    const [only] = open;
    // Whoever opens the page has come for it.
    if (!opened && open.length === 1 && only) {
      opened = true;
      location.replace(`#request=${encodeURIComponent(only.id)}`);
      return;
    }
    opened = true;
    const now = JSON.stringify(requests.map(({ id, state }) => [id, state]));
    if (now === before) return;
    before = now;
    show(
      open,
      requests.filter(({ state }) => state !== 'waiting'),
    );
  }

  /**
   * @param {RequestSummary[]} open
   * @param {RequestSummary[]} decided
   */
  function show(open, decided) {
    const focused = /** @type {HTMLAnchorElement | null} */ (document.activeElement?.closest('.waiting a'))?.hash;
    const cards = open.map(card);
    ticks = cards.map(({ tick }) => tick);
    waiting.replaceChildren(
      open.length > 0
        ? list(
            'ul',
            'cards',
            cards.map(({ item }) => item),
          )
        : element('div', 'empty', [element('p', 'strong', words.nothing), element('p', 'quiet', words.nothingDetails)]),
    );
    const links = [...waiting.querySelectorAll('a')];
    links.find(({ hash }) => focused && hash === focused)?.focus();
    earlier.hidden = decided.length === 0;
    earlier.replaceChildren(element('h2', '', words.earlier), list('ul', '', decided.map(line)));
    if (open.length > 0) page.announce(open.map(({ clientName }) => `${clientName} ${words.asks}`).join('. '));
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
function card({ id, clientName, bindingMessage, issuedAt, expiresAt }) {
  const left = timeLeft({ from: issuedAt, until: expiresAt }, page.now, page.words.timeLeft);
  const link = element('a', 'card', [
    element('span', 'strong', isolated(clientName)),
    ...(bindingMessage ? [element('span', 'binding', isolated(bindingMessage))] : []),
    ...left.elements.map((part) => (part.tagName === 'P' ? element('span', part.className, [part]) : part)),
  ]);
  link.href = `#request=${encodeURIComponent(id)}`;
  return { item: element('li', '', link), tick: left.tick };
}

/** @param {RequestSummary} summary */
function line({ clientName, bindingMessage, state, decision }) {
  const { words } = page;
  const ending =
    state === 'refused'
      ? words.refused
      : decision === 'denied'
        ? words.denied
        : state === 'decided'
          ? words.undelivered
          : words.approved;
  return element('li', '', [
    element('span', `chip ${state === 'refused' ? 'denied' : (decision ?? '')}`, ending),
    ' ',
    isolated(clientName),
    ...(bindingMessage ? [' · ', isolated(bindingMessage)] : []),
  ]);
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
        page.showProblem(page.describe(error) ?? '');
      }
    });
    box.append(element('h2', '', words.beAsked), element('p', '', words.beAskedDetails), allow);
  }
  box.hidden = box.childElementCount === 0;
  return box;
}
