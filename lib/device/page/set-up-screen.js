// @ts-check
import { element } from './elements.js';
import { page, problem } from './page.js';
import { assertion, ExistingPasskeyError, isSupported, registration } from './passkey.js';
import { needsHomeScreen } from './push.js';
import { CallError, call, confirmedCall } from './server.js';
import { phrase } from './texts.js';

/**
 * @import { State } from '../settings/api.js'
 */

const maxName = 60;

/**
 * Turns this browser into a phone: by an existing passkey or by a new one.
 *
 * @param {() => Promise<void>} done
 */
export async function setUpScreen(done) {
  const { words, state, brand } = page;
  const { session } = state;
  if (!isSupported) {
    page.show(element('h1', '', words.welcome), element('p', '', words.unsupported));
    return;
  }
  const failure = problem();
  const name = element('input', '', [], { id: 'name', maxLength: maxName, value: proposedName(), autocomplete: 'off' });
  const nameOf = () => name.value.trim().slice(0, maxName) || proposedName();

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
      failure.replaceChildren();
      try {
        page.update(await become());
        await done();
      } catch (error) {
        const steppedUp = error instanceof CallError && error.code === 'step_up_required';
        const texts = steppedUp ? phrase(words.stepUpDetails, { rp: brand }) : [page.describe(error) ?? ''];
        failure.replaceChildren(...texts);
      }
      built.ariaDisabled = null;
    });
    return built;
  }

  const label = element('label', '', words.phoneName, { htmlFor: 'name' });
  const signInButton = (/** @type {string} */ className) => button(className, words.signIn, () => signIn(nameOf()));
  page.show(
    element('h1', '', session ? words.setUp : words.welcome),
    ...(needsHomeScreen() && state.pushKey !== null ? [element('p', 'offer', words.homeScreen)] : []),
    element('p', '', session ? phrase(words.setUpDetails, { user: session.name }) : words.signInDetails),
    element('p', 'field', [label, name]),
    failure,
    element(
      'p',
      'choices',
      session
        ? [button('primary', words.setUp, () => setUp(nameOf())), signInButton('secondary')]
        : [signInButton('primary')],
    ),
    ...(session ? [] : [element('p', 'quiet', phrase(words.noSession, { rp: brand }))]),
  );
}

/** @param {string} name */
async function signIn(name) {
  const { publicKey } = await call('sign-in/options');
  return call('sign-in', { credential: await assertion(publicKey), name });
}

/**
 * @param {string} name
 * @returns {Promise<State>}
 */
export async function setUp(name) {
  const { publicKey } = await confirmedCall('set-up/options', {});
  try {
    return await call('set-up', { credential: await registration(publicKey), name });
  } catch (error) {
    // Passkeys sync: one of the user's is here already.
    if (error instanceof ExistingPasskeyError) return signIn(name);
    throw error;
  }
}

/** What the list of phones calls this one, unless the user has a better name. */
function proposedName() {
  const { userAgent } = navigator;
  const known = ['iPhone', 'iPad', 'Android', 'Windows', 'Mac', 'CrOS', 'Linux'];
  return known.find((name) => userAgent.includes(name)) ?? 'Phone';
}
