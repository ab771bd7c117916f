import type { RequestTexts } from './texts.js';

/** Words for one type of `authorization_details`. */
export interface Wording {
  language: string;
  title: string;
  /** The label of a member, by the names that lead to it, from the outermost inward. */
  nameOf(path: readonly string[]): string;
  valueOf(value: string | boolean): string;
  empty: string;
}

export function wordingOf(type: string, texts: RequestTexts): Wording {
  const { title, members, values } = lookUp(texts.details, type) ?? {};
  return {
    language: texts.language,
    title: title ?? spaced(type),
    nameOf(path) {
      const name = path.at(-1) ?? '';
      return lookUp(members, path.join('.')) ?? lookUp(members, name) ?? lookUp(texts.members, name) ?? spaced(name);
    },
    valueOf: (value) => (typeof value === 'boolean' ? texts[`${value}`] : (lookUp(values, value) ?? value)),
    empty: texts.empty,
  };
}

/** Own members only: clients choose some of the names, such as `constructor`. */
export function lookUp<T>(words: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return words !== undefined && Object.hasOwn(words, name) ? words[name] : undefined;
}

const acronyms = new Set(['BBAN', 'BIC', 'IBAN', 'ID', 'PAN', 'URI', 'URL', 'VAT']);

/** `instructedAmount` and `instructed_amount` become `Instructed amount`; other names stay as they are. */
function spaced(name: string): string {
  if (!/^[a-z][\w-]*$/i.test(name)) return name;
  const words = name
    .replace(/([a-z\d])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) =>
      acronyms.has(word.toUpperCase()) || /^[A-Z\d]{2,}$/.test(word) ? word.toUpperCase() : word.toLowerCase(),
    );
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
