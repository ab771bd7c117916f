// @ts-check

/**
 * Of the texts those in the user's language, or the first. For the page and its service worker.
 *
 * @template {{ language: string }} Texts
 * @param {readonly Texts[]} all
 * @returns {Texts}
 */
export function inUsersLanguage(all) {
  const primary = (/** @type {string} */ tag) => tag.toLowerCase().split('-', 1)[0];
  for (const language of navigator.languages) {
    const exact = all.find((texts) => texts.language.toLowerCase() === language.toLowerCase());
    const known = exact ?? all.find((texts) => primary(texts.language) === primary(language));
    if (known) return known;
  }
  return /** @type {Texts} */ (all[0]);
}
