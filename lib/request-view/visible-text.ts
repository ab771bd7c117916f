const invisible =
  '[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Noncharacter_Code_Point}\\p{Default_Ignorable_Code_Point}\\u2800]';
// Words of Arabic, and of the scripts of India, hold zero-width joiners by right (RFC 5892, appendix A.1), emoji do too.
const scripts = ['Arab', 'Beng', 'Deva', 'Gujr', 'Guru', 'Knda', 'Mlym', 'Orya', 'Sinh', 'Taml', 'Telu'];
const joined = `(?<=[${scripts.map((script) => `\\p{scx=${script}}`).join('')}])[\\u200c\\u200d](?=[\\p{L}\\p{M}])`;
const pattern = new RegExp(`\\p{RGI_Emoji}|${joined}|(${invisible})`, 'gv');

/**
 * Shows what has no shape, or would change the direction of the text, by its number: a line break becomes `⟨U+000A⟩`.
 */
export function visibleText(text: string): string {
  return text.replace(pattern, (found, character?: string) => (character === undefined ? found : codePoint(character)));
}

function codePoint(character: string): string {
  const number = character.codePointAt(0) as number;
  return `⟨U+${number.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
