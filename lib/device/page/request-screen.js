// @ts-check
import { element, phrase } from '../../request-view/page/elements.js';
import { lines, requestElements, timeLeft } from '../../request-view/page/request-view.js';
import { deciding } from './deciding.js';
import { endScreen } from './end-screen.js';
import { page, problem } from './page.js';
import { approvalChallenge, assertion } from './passkey.js';
import { closeNotifications } from './push.js';
import { CallError, call } from './server.js';

/**
 * @import { Details, RequestEnd, RequestState } from '../settings/request-api.js'
 * @import { Shown } from '../settings/shown.js'
 */

/**
 * @param {string} id
 * @param {RequestState} [seen] the state on the screen: the server waits up to ten seconds for it to change before it answers
 */
export function getRequest(id, seen) {
  return call('request', { id, language: page.words.language, seen });
}

/**
 * One request, to be read and decided.
 *
 * @param {AbortSignal} visit
 * @param {string} id
 * @param {Promise<Details>} answer
 */
export async function requestScreen(visit, id, answer) {
  /** @type {Details} */
  let details;
  try {
    details = await answer;
  } catch (error) {
    showFailure(visit, id, error, undefined);
    return;
  }
  page.setClock(details.now);
  /** @type {Shown} */
  const shown = JSON.parse(details.shown);
  if (details.state !== 'waiting') {
    showOutcome(visit, id, details, shown, true);
    return;
  }
  // Computed beforehand, so that the click itself asks for the passkey.
  const challenge = await approvalChallenge(details.shown);
  const { words, state } = page;
  const left = timeLeft({ from: shown.issuedAt, until: shown.expiresAt }, page.now, words.timeLeft);
  const failure = problem();
  const user = state.phone?.user;
  const asks = element('span', '', [
    element('span', 'asks', words.asks),
    ...(user ? [element('span', 'account', phrase(words.account, { user }))] : []),
  ]);
  const article = element('article', 'request', [
    ...requestElements(shown, { ...words, asks }, element('h1')),
    element('details', 'request-details', [element('summary', '', words.details), lines('request-lines', ids(shown))]),
  ]);
  const footer = element('footer', 'decide');
  const buttons = deciding(article, footer, {
    async approve(say) {
      const credential = await assertion({ ...details.publicKey, challenge });
      say(words.wait);
      return call('approve', { id, language: words.language, credential });
    },
    deny: (isReport) => call(isReport ? 'report' : 'deny', { id }),
    ended: (outcome, isReport) => showOutcome(visit, id, outcome, shown, false, isReport),
    failed(error) {
      if (!showFailure(visit, id, error, shown)) page.explain(failure, error);
    },
    begun: () => page.explain(failure),
  });
  footer.append(failure, element('div', 'time', [...buttons.notAsked, ...left.elements]), buttons.row);
  const signal = page.show(visit, article, footer);
  if (signal.aborted) return;
  buttons.start(signal);

  let warned = false;
  const timer = setInterval(() => {
    const seconds = left.tick();
    if (seconds === 0) endScreen(visit, id, 'expired', shown);
    else if (seconds <= 15 && !warned) {
      warned = true;
      page.announce(words.expiresSoon.replace('{seconds}', String(seconds)));
    }
  }, 500);
  signal.addEventListener('abort', () => clearInterval(timer));
  // While this page sends a decision, the answer to that says how the request ended.
  watch(visit, id, shown, signal, 'waiting', () => !buttons.isBusy(), true);
}

/**
 * The identifiers of the client and of its agent.
 *
 * @param {Shown} shown
 */
function ids({ client, actor }) {
  const { words } = page;
  return [
    [words.clientId, client.id],
    ...(actor ? [[words.agentId, actor.sub]] : []),
    ...(actor?.iss ? [[words.agentIssuer, actor.iss]] : []),
  ];
}

/**
 * Shows how the request ended, and looks again if its end is not known yet.
 *
 * @param {AbortSignal} visit
 * @param {string} id
 * @param {{ state: RequestState, decision?: 'approved' | 'denied', end?: RequestEnd }} outcome
 * @param {Shown} shown
 * @param {boolean} before whether it was not this page that decided
 * @param {boolean} [isReport]
 */
function showOutcome(visit, id, { state, decision, end }, shown, before, isReport = false) {
  if (state !== 'waiting') void closeNotifications((tag) => tag === id);
  if (state === 'ended') {
    endScreen(visit, id, endOf(end), shown);
  } else if (decision === 'denied') {
    endScreen(visit, id, before ? 'deniedBefore' : isReport ? 'reported' : 'denied', shown);
  } else if (state === 'completed') {
    endScreen(visit, id, before ? 'approvedBefore' : 'approved', shown);
  } else if (state === 'refused') {
    endScreen(visit, id, 'refused', shown);
  } else if (state === 'waiting') {
    // The server could not record the approval, and asks again.
    void requestScreen(visit, id, getRequest(id));
  } else {
    const signal = endScreen(visit, id, 'undelivered', shown);
    watch(visit, id, shown, signal, 'decided', () => true, before);
  }
}

/** @param {RequestEnd | undefined} end */
function endOf(end) {
  return end === undefined || end === 'elsewhere' ? 'endedElsewhere' : end;
}

/**
 * Waits for the state of the request to change: the client may withdraw it, another phone may decide it, or the server may
 * deliver the decision at last. The server answers when the state has changed.
 *
 * @param {AbortSignal} visit
 * @param {string} id
 * @param {Shown} shown
 * @param {AbortSignal} signal
 * @param {RequestState} seen
 * @param {() => boolean} isWanted
 * @param {boolean} before whether it was not this page that decided
 */
function watch(visit, id, shown, signal, seen, isWanted, before) {
  let isAsking = false;
  async function look() {
    if (document.visibilityState === 'hidden' || signal.aborted || isAsking) return;
    isAsking = true;
    try {
      const details = await getRequest(id, seen);
      if (!signal.aborted && details.state !== seen && isWanted()) showOutcome(visit, id, details, shown, before);
    } catch (error) {
      if (!signal.aborted) showFailure(visit, id, error, shown);
    }
    isAsking = false;
  }
  void look();
  const timer = setInterval(look, 1000);
  addEventListener('refresh', look, { signal });
  signal.addEventListener('abort', () => clearInterval(timer));
}

/**
 * @param {AbortSignal} visit
 * @param {string} id
 * @param {unknown} error
 * @param {Shown | undefined} shown
 * @returns {boolean} whether another screen takes the place of this one
 */
function showFailure(visit, id, error, shown) {
  const { code, answer } = error instanceof CallError ? error : { code: undefined, answer: undefined };
  if (visit.aborted) return true;
  if (code === 'expired') endScreen(visit, id, 'expired', shown);
  else if (code === 'ended') endScreen(visit, id, endOf(answer?.end), shown);
  else if (code === 'not_found') endScreen(visit, id, 'notFound', shown);
  else if (code === 'already_decided')
    endScreen(visit, id, answer?.decision === 'denied' ? 'deniedBefore' : 'approvedBefore', shown);
  else if (code === 'no_phone') location.reload();
  else if (shown === undefined) {
    const failure = problem();
    page.show(visit, element('h1', '', page.words.requests), failure);
    page.explain(failure, error);
  } else return false;
  return true;
}
