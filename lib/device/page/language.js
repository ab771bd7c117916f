// @ts-check
import { inLanguage } from '../../request-view/language.ts';

/**
 * The texts in the user's language, or else the first ones. The page and its service worker use it.
 *
 * @template {{ language: string }} Texts
 * @param {readonly Texts[]} all
 * @returns {Texts}
 */
export function inUsersLanguage(all) {
  for (const wanted of navigator.languages) {
    const known = inLanguage(wanted, all, ({ language }) => language);
    if (known) return known;
  }
  return /** @type {Texts} */ (all[0]);
}
