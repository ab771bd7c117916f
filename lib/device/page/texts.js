// @ts-check
import { byId, isolated } from '../../request-view/page/elements.js';
import { inUsersLanguage } from './language.js';

/**
 * @import { ServedTexts } from '../settings/page-texts.js'
 */

/**
 * The page's words in the user's language.
 *
 * @returns {Promise<ServedTexts>}
 */
export async function loadTexts() {
  return inUsersLanguage(await (await fetch(byId('texts', HTMLLinkElement).href)).json());
}

/**
 * Puts texts of others, isolated, into a sentence: `{client} may:`.
 *
 * @param {string} sentence
 * @param {Record<string, string>} texts
 * @returns {(string | Node)[]}
 */
export function phrase(sentence, texts) {
  return sentence.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const text = name === undefined ? undefined : texts[name];
    return text === undefined ? part : isolated(text);
  });
}
