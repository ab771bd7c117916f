// @ts-check
import { inLanguage } from '../../request-view/language.ts';

/**
 * Of the texts those in the user's language, or the first. For the page and its service worker.
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
