// @ts-check
import { byId, element } from '../../request-view/page/elements.js';

/**
 * Asks the user in a dialogue.
 *
 * @param {HTMLElement} question
 * @param {string} no
 * @param {string} yes
 * @param {'primary' | 'danger'} className of the button that agrees
 * @returns {Promise<boolean>}
 */
export function ask(question, no, yes, className) {
  const refuse = element('button', 'secondary', no, { type: 'button' });
  const agree = element('button', className, yes, { type: 'submit', value: 'yes' });
  question.id = 'question';
  const form = element('form', '', [question, element('div', 'choices', [refuse, agree])], { method: 'dialog' });
  const dialog = element('dialog', '', form);
  dialog.setAttribute('aria-labelledby', 'question');
  refuse.addEventListener('click', () => dialog.close());
  byId('main', HTMLElement).append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}
