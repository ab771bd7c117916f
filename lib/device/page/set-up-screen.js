// @ts-check
import { element, phrase } from '../../request-view/page/elements.js';
import { page, problem, signInLink } from './page.js';
import { assertion, ExistingPasskeyError, isSupported, registration } from './passkey.js';
import { phoneName } from './phone-name.js';
import { needsHomeScreen } from './push.js';
import { call, confirmedCall } from './server.js';

/**
 * @import { State } from '../settings/api.js'
 */

/**
 * Turns this browser into a phone: with a passkey that the user has, or with a new one.
 *
 * @param {AbortSignal} visit
 * @param {() => Promise<void>} done
 */
export function setUpScreen(visit, done) {
  const { words, state, brand } = page;
  const { session, signIn: login } = state;
  const title = element('h1', '', words.welcome);
  if (!isSupported) {
    page.show(visit, title, element('p', '', words.unsupported));
    return;
  }
  const failure = problem();
  const homeScreen = needsHomeScreen() && state.pushKey !== null ? [element('p', 'offer', words.homeScreen)] : [];

  /**
   * @param {string} className
   * @param {string} text
   * @param {() => Promise<State>} become
   */
  function button(className, text, become) {
    const built = element('button', className, text, { type: 'button' });
    built.addEventListener('click', async () => {
      if (built.ariaDisabled === 'true') return;
      built.ariaDisabled = 'true';
      page.explain(failure);
      try {
        page.update(await become());
        if (!visit.aborted) await done();
      } catch (error) {
        page.explain(failure, error);
      }
      built.ariaDisabled = null;
    });
    return built;
  }

  /**
   * @param {(string | Node)[]} explanation
   * @param {HTMLElement[]} action
   */
  const choice = (explanation, action) => element('section', 'choice', [element('p', '', explanation), ...action]);
  const hasPasskey = (/** @type {string} */ className) =>
    choice([words.hasPasskeyDetails], [button(className, words.hasPasskey, signIn)]);
  const noPasskey = login
    ? choice(phrase(words.noPasskeyDetails, { rp: brand }), [signInLink(login, words.noPasskey)])
    : choice(phrase(words.noSession, { rp: brand }), []);
  const choices = session
    ? [
        choice(phrase(words.setUpDetails, { user: session.name }), [button('primary', words.setUp, setUp)]),
        hasPasskey('secondary'),
      ]
    : [hasPasskey('primary'), noPasskey];
  page.show(visit, title, ...homeScreen, failure, element('div', 'choices', choices));
}

async function signIn() {
  const { publicKey } = await call('sign-in/options');
  return call('sign-in', { credential: await assertion(publicKey), name: await phoneName() });
}

/** @returns {Promise<State>} */
export async function setUp() {
  const { publicKey } = await confirmedCall('set-up/options', {});
  try {
    return await call('set-up', { credential: await registration(publicKey), name: await phoneName() });
  } catch (error) {
    // Passkeys sync: one of the user's is here already.
    if (error instanceof ExistingPasskeyError) return signIn();
    throw error;
  }
}
