// @ts-check
import { byId } from '../../request-view/page/elements.js';
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
