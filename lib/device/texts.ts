import { englishRequestTexts, type RequestTexts } from '../request-view/texts.js';

/** Everything that the page says, in one language. */
export interface DeviceTexts {
  /** How requests are worded; its `language` is that of all texts. */
  request: RequestTexts;
}

/** The default. */
export const englishDeviceTexts: DeviceTexts = { request: englishRequestTexts };

/**
 * The texts for a language that the page asks for: those in it, or in another variety of it, or the first.
 *
 * @param language a BCP 47 tag
 */
export function textsFor(language: string, texts: readonly DeviceTexts[]): DeviceTexts {
  const wanted = language.toLowerCase();
  const tag = ({ request }: DeviceTexts) => request.language.toLowerCase();
  const primary = (text: string) => text.split('-', 1)[0];
  return (texts.find((each) => tag(each) === wanted) ??
    texts.find((each) => primary(tag(each)) === primary(wanted)) ??
    texts[0]) as DeviceTexts;
}
