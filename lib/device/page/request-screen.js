// @ts-check
import { element } from './elements.js';
import { endScreen } from './end-screen.js';
import { page, problem } from './page.js';
import { approvalChallenge, assertion } from './passkey.js';
import { requestElements, timeLeft } from './request-view.js';
import { CallError, call } from './server.js';

/**
 * @import { RequestView } from '../../request-view/types.js'
 * @import { Details } from '../settings/api.js'
 * @typedef {RequestView & { issuedAt: number, expiresAt: number }} Shown
 */

/**
 * One request, to be read and decided.
 *
 * @param {string} id
 */
export async function requestScreen(id) {
  const { language } = page.words;
  /** @type {Details} */
  let details;
  try {
    details = await call('request', { id, language });
  } catch (error) {
    showFailure(error, undefined);
    return;
  }
  page.setClock(details.now);
  /** @type {Shown} */
  const shown = JSON.parse(details.shown);
  if (details.state !== 'waiting') {
    showOutcome(id, details, shown, true);
    return;
  }
  // Made beforehand, so that the passkey is asked in the very click.
  const challenge = await approvalChallenge(details.shown);
  const { words } = page;
  const left = timeLeft({ from: shown.issuedAt, until: shown.expiresAt }, page.now, words.timeLeft);
  const failure = problem();
  const approve = element('button', 'approve', words.approve, { type: 'button' });
  const deny = element('button', 'deny', words.deny, { type: 'button' });
  const heading = element('h1');
  const signal = page.show(
    element('article', 'request', requestElements(shown, words, heading)),
    element('footer', 'decide', [failure, ...left.elements, element('div', 'buttons', [deny, approve])]),
  );

  /**
   * @param {HTMLButtonElement} button
   * @param {string} meanwhile
   * @param {() => Promise<Details | import('../settings/api.js').Outcome>} send
   */
  async function decide(button, meanwhile, send) {
    // The buttons keep the focus: disabled ones would lose it.
    if (approve.ariaDisabled === 'true') return;
    failure.textContent = '';
    const label = button.textContent;
    for (const each of [approve, deny]) each.ariaDisabled = 'true';
    button.textContent = meanwhile;
    try {
      showOutcome(id, await send(), shown, false);
    } catch (error) {
      if (signal.aborted) return;
      if (!showFailure(error, shown)) failure.textContent = page.describe(error) ?? '';
    }
    for (const each of [approve, deny]) each.ariaDisabled = null;
    button.textContent = label;
  }

  approve.addEventListener('click', () =>
    decide(approve, words.confirmWithPasskey, async () => {
      const credential = await assertion({ ...details.publicKey, challenge });
      approve.textContent = words.wait;
      return call('approve', { id, language, credential });
    }),
  );
  deny.addEventListener('click', () => decide(deny, words.wait, () => call('deny', { id })));

  let warned = false;
  const timer = setInterval(() => {
    const seconds = left.tick();
    if (seconds === 0) endScreen('expired', shown);
    else if (seconds <= 15 && !warned) {
      warned = true;
      page.announce(words.expiresSoon.replace('{seconds}', String(seconds)));
    }
  }, 500);
  signal.addEventListener('abort', () => clearInterval(timer));
  // While this page decides, it is the one that will know.
  watch(id, shown, signal, 4000, ({ state }) => state !== 'waiting' && approve.ariaDisabled !== 'true');
}

/**
 * Shows how the request ended, and looks again where its end is not known yet.
 *
 * @param {string} id
 * @param {{ state: Details['state'], decision?: 'approved' | 'denied' }} outcome
 * @param {Shown} shown
 * @param {boolean} before whether it was decided before this page had its say
 */
function showOutcome(id, { state, decision }, shown, before) {
  if (decision === 'denied') {
    endScreen(before ? 'deniedBefore' : 'denied', shown);
  } else if (state === 'completed') {
    endScreen(before ? 'approvedBefore' : 'approved', shown);
  } else if (state === 'refused') {
    endScreen('refused', shown);
  } else if (state === 'waiting') {
    // The server could not record the approval, and asks again.
    void requestScreen(id);
  } else {
    watch(id, shown, endScreen('undelivered', shown), 2000, ({ state }) => state !== 'decided', false);
  }
}

/**
 * Looks at the request from time to time, since another phone may decide it, or the server get through to the client.
 *
 * @param {string} id
 * @param {Shown} shown
 * @param {AbortSignal} signal
 * @param {number} period milliseconds
 * @param {(details: Details) => boolean} hasChanged
 */
function watch(id, shown, signal, period, hasChanged, before = true) {
  const timer = setInterval(async () => {
    if (document.visibilityState === 'hidden') return;
    try {
      const details = await call('request', { id, language: page.words.language });
      if (!signal.aborted && hasChanged(details)) showOutcome(id, details, shown, before);
    } catch (error) {
      if (!signal.aborted) showFailure(error, shown);
    }
  }, period);
  signal.addEventListener('abort', () => clearInterval(timer));
}

/**
 * @param {unknown} error
 * @param {Shown | undefined} shown
 * @returns {boolean} whether it is the end of the request
 */
function showFailure(error, shown) {
  const { code, answer } = error instanceof CallError ? error : { code: undefined, answer: undefined };
  if (code === 'expired') endScreen('expired', shown);
  else if (code === 'not_found') endScreen('notFound', shown);
  else if (code === 'already_decided')
    endScreen(answer?.decision === 'denied' ? 'deniedBefore' : 'approvedBefore', shown);
  else if (code === 'no_phone') location.reload();
  else if (shown === undefined) page.show(element('h1', '', page.words.requests), problem(page.describe(error)));
  else return false;
  return true;
}
