// @ts-check
import { element, isolated, list, phrase } from '../../request-view/page/elements.js';
import { ask } from './dialog.js';
import { page, problem } from './page.js';
import { call, confirmedCall } from './server.js';
import { setUp } from './set-up-screen.js';

/**
 * @import { Devices } from '../settings/api.js'
 * @typedef {'phones' | 'passkeys'} Kind
 */

const maxName = 60;

/**
 * The user's phones and passkeys, in two lists, since passkeys sync. Phones can be renamed, and both can be removed.
 *
 * @param {AbortSignal} visit
 */
export async function devicesScreen(visit) {
  const { words } = page;
  const failure = problem();
  const lists = element('div', 'devices');
  page.show(visit, element('h1', '', words.devices), failure, lists);

  /** @param {() => Promise<Devices>} change */
  async function attempt(change) {
    page.explain(failure);
    try {
      show(await change());
    } catch (error) {
      page.explain(failure, error);
    }
  }

  /** @param {Devices} devices */
  function show({ phones, passkeys }) {
    const ofPhones = phones.map(({ id, name, current, push, lastUsedAt }) =>
      item('phones', id, name, current, [
        ...(current ? [words.thisPhone] : []),
        ...(push ? [words.getsNotifications] : []),
        lastUsed(lastUsedAt),
      ]),
    );
    const ofPasskeys = passkeys.map(({ id, name, deviceBound, lastUsedAt }) =>
      item('passkeys', id, name, false, [deviceBound ? words.deviceBound : words.synced, lastUsed(lastUsedAt)]),
    );
    lists.replaceChildren(
      element('section', '', [element('h2', '', words.phones), list('ul', 'cards', ofPhones)]),
      element('section', '', [
        element('h2', '', words.passkeys),
        list('ul', 'cards', ofPasskeys),
        ...(page.state.session ? [addButton()] : []),
      ]),
    );
  }

  /**
   * @param {Kind} kind
   * @param {string} id
   * @param {string} name
   * @param {boolean} current
   * @param {string[]} facts
   */
  function item(kind, id, name, current, facts) {
    const rename = action(words.rename, words.renameNamed, name, async () => {
      const input = element('input', '', [], { id: 'name', maxLength: maxName, value: name, autocomplete: 'off' });
      const label = element('label', '', words.phoneName, { htmlFor: 'name' });
      const answer = await ask(element('p', 'field', [label, input]), words.cancel, words.save, 'primary');
      const changed = input.value.trim();
      if (answer && changed !== '') await attempt(() => call('phones/rename', { id, name: changed }));
    });
    const remove = action(words.remove, words.removeNamed, name, async () => {
      const question = kind === 'phones' ? words.removePhone : words.removePasskey;
      if (!(await ask(element('p', '', phrase(question, { name })), words.keep, words.remove, 'danger'))) return;
      await attempt(async () => {
        const devices = await confirmedCall(`${kind}/remove`, { id });
        // This browser is no longer a phone.
        if (current) location.reload();
        return devices;
      });
    });
    return element('li', 'card device', [
      element('p', 'strong', isolated(name)),
      element('p', 'quiet', facts.join(' · ')),
      element('p', 'actions', kind === 'phones' ? [rename, remove] : [remove]),
    ]);
  }

  /**
   * @param {string} text
   * @param {string} label
   * @param {string} name
   * @param {() => Promise<void>} act
   */
  function action(text, label, name, act) {
    const button = element('button', 'secondary', text, { type: 'button' });
    button.ariaLabel = label.replace('{name}', name);
    button.addEventListener('click', act);
    return button;
  }

  function addButton() {
    const add = element('button', 'secondary', words.addPasskey, { type: 'button' });
    add.addEventListener('click', () =>
      attempt(async () => {
        page.update(await setUp());
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
