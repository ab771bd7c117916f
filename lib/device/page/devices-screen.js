// @ts-check
import { byId, element, isolated, list } from './elements.js';
import { page, problem } from './page.js';
import { CallError, call, confirmedCall } from './server.js';
import { setUp } from './set-up-screen.js';
import { phrase } from './texts.js';

/**
 * @import { Devices } from '../settings/api.js'
 * @typedef {'phones' | 'passkeys'} Kind
 */

/** The user's phones and passkeys, apart, since passkeys sync; each can be removed. */
export async function devicesScreen() {
  const { words } = page;
  const failure = problem();
  const lists = element('div', 'devices');
  page.show(element('h1', '', words.devices), failure, lists);

  /** @param {() => Promise<Devices>} change */
  async function attempt(change) {
    failure.replaceChildren();
    try {
      show(await change());
    } catch (error) {
      const isStepUp = error instanceof CallError && error.code === 'step_up_required';
      failure.replaceChildren(
        ...(isStepUp ? phrase(words.stepUpDetails, { rp: page.brand }) : [page.describe(error) ?? '']),
      );
    }
  }

  /** @param {Devices} devices */
  function show({ phones, passkeys }) {
    lists.replaceChildren(
      element('section', '', [
        element('h2', '', words.phones),
        list(
          'ul',
          'cards',
          phones.map(({ id, name, current, push, lastUsedAt }) =>
            item(
              'phones',
              id,
              name,
              [...(current ? [words.thisPhone] : []), ...(push ? [words.getsNotifications] : []), lastUsed(lastUsedAt)],
              current,
            ),
          ),
        ),
      ]),
      element('section', '', [
        element('h2', '', words.passkeys),
        list(
          'ul',
          'cards',
          passkeys.map(({ id, name, deviceBound, lastUsedAt }) =>
            item('passkeys', id, name, [deviceBound ? words.deviceBound : words.synced, lastUsed(lastUsedAt)], false),
          ),
        ),
        ...(page.state.session ? [addButton()] : []),
      ]),
    );
  }

  /**
   * @param {Kind} kind
   * @param {string} id
   * @param {string} name
   * @param {string[]} facts
   * @param {boolean} current
   */
  function item(kind, id, name, facts, current) {
    const remove = element('button', 'secondary', words.remove, { type: 'button' });
    remove.ariaLabel = words.removeNamed.replace('{name}', name);
    remove.addEventListener('click', async () => {
      if (!(await isConfirmed(kind === 'phones' ? words.removePhone : words.removePasskey, name))) return;
      await attempt(async () => {
        const devices = await confirmedCall(`${kind}/remove`, { id });
        // This browser is not a phone any more.
        if (current) location.reload();
        return devices;
      });
    });
    return element('li', 'card device', [
      element('p', 'strong', isolated(name)),
      element('p', 'quiet', facts.join(' · ')),
      remove,
    ]);
  }

  function addButton() {
    const add = element('button', 'secondary', words.addPasskey, { type: 'button' });
    add.addEventListener('click', () =>
      attempt(async () => {
        page.update(await setUp(page.state.phone?.name ?? ''));
        return call('devices');
      }),
    );
    return add;
  }

  await attempt(() => confirmedCall('devices', {}));
}

/** @param {number} milliseconds */
function lastUsed(milliseconds) {
  const { words } = page;
  const date = new Intl.DateTimeFormat(words.language, { dateStyle: 'medium' }).format(milliseconds);
  return words.lastUsed.replace('{date}', date);
}

/**
 * @param {string} question
 * @param {string} name
 * @returns {Promise<boolean>}
 */
function isConfirmed(question, name) {
  const { words } = page;
  const keep = element('button', 'secondary', words.keep, { type: 'submit', value: 'keep' });
  const remove = element('button', 'danger', words.remove, { type: 'submit', value: 'remove' });
  const text = element('p', '', phrase(question, { name }), { id: 'question' });
  const dialog = element(
    'dialog',
    '',
    element('form', '', [text, element('div', 'choices', [keep, remove])], { method: 'dialog' }),
  );
  dialog.setAttribute('aria-labelledby', 'question');
  byId('main', HTMLElement).append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'remove');
    });
  });
}
