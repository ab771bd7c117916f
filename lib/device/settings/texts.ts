import { englishRequestTexts, type RequestTexts } from '../../request-view/texts.js';
import { englishPageTexts } from './english-page-texts.js';
import type { PageTexts } from './page-texts.js';

/** Everything that the page says, in one language. */
export interface DeviceTexts {
  /** How requests are worded; its `language` is that of all texts. */
  request: RequestTexts;
  /** The page's own words. */
  page: PageTexts;
}

/** The default texts, in English: a template for those in other languages. */
export const englishDeviceTexts: DeviceTexts = { request: englishRequestTexts, page: englishPageTexts };

/** @throws TypeError that names the text that is missing */
export function requireTexts(texts: unknown): void {
  if (!Array.isArray(texts) || texts.length === 0) {
    throw new TypeError('texts must be an array, one element for each language');
  }
  for (const [index, element] of texts.entries()) requireLike(element, englishDeviceTexts, `texts[${index}]`);
}

/** A language with a gap would show English, or nothing, in the middle of a decision. */
function requireLike(value: unknown, model: object, name: string): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${name} must be an object`);
  for (const [key, example] of Object.entries(model)) {
    const text = (value as Record<string, unknown>)[key];
    if (typeof text !== typeof example || text === null || text === '') {
      throw new TypeError(`${name}.${key} must be ${typeof example === 'string' ? 'a text' : 'an object'}`);
    }
    if (key === 'request' || key === 'page') requireLike(text, example as object, `${name}.${key}`);
    if (key === 'language' && !isLanguage(text as string)) throw new TypeError(`${name}.language must be a BCP 47 tag`);
  }
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
