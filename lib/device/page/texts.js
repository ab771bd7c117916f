// @ts-check
import { isolated } from './elements.js';

/**
 * @import { ServedTexts } from '../settings/page-texts.js'
 */

/**
 * The page's words in the user's language, or in the first that there is.
 *
 * @returns {Promise<ServedTexts>}
 */
export async function loadTexts() {
  /** @type {ServedTexts[]} */
  const all = await (await fetch('texts.json')).json();
  const primary = (/** @type {string} */ tag) => tag.toLowerCase().split('-', 1)[0];
  for (const language of navigator.languages) {
    const exact = all.find((words) => words.language.toLowerCase() === language.toLowerCase());
    const known = exact ?? all.find((words) => primary(words.language) === primary(language));
    if (known) return known;
  }
  return /** @type {ServedTexts} */ (all[0]);
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
