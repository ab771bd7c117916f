/**
 * Chooses the texts in a language: in exactly that one, else in another variety of it. `de` will do for `de-AT`,
 * and the other way round. Pages use it too.
 *
 * @param language a BCP 47 tag
 * @param tagOf the tag of a text
 */
export function inLanguage<T>(language: string, texts: readonly T[], tagOf: (text: T) => string): T | undefined {
  const wanted = language.toLowerCase();
  const exact = texts.find((text) => tagOf(text).toLowerCase() === wanted);
  return exact ?? texts.find((text) => primary(tagOf(text)) === primary(wanted));
}

function primary(tag: string): string {
  return tag.toLowerCase().split('-', 1)[0] as string;
}
