import { blanks, isCombiningTrick } from './deceptive-text.js';

const invisible =
  '[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Noncharacter_Code_Point}\\p{Default_Ignorable_Code_Point}\\u2800]';
// Words in Arabic and Indic scripts may hold zero-width joiners (RFC 5892, appendix A.1), and so may emoji.
const scripts = ['Arab', 'Beng', 'Deva', 'Gujr', 'Guru', 'Knda', 'Mlym', 'Orya', 'Sinh', 'Taml', 'Telu'];
const joined = `(?<=[${scripts.map((script) => `\\p{scx=${script}}`).join('')}])[\\u200c\\u200d](?=[\\p{L}\\p{M}])`;
const unseen = new RegExp(`\\p{RGI_Emoji}|${joined}|(${invisible}|${blanks.source})`, 'gv');
// biome-ignore lint/complexity/useRegexLiterals: the flag v is newer than the compiler's target; Node 20 has it
const marked = new RegExp('\\p{RGI_Emoji}|(\\P{M}?)(\\p{M}[\\p{M}\\u200c\\u200d]*)', 'gv');

/**
 * Shows characters without a shape, and those that change the direction of the text or paint over other text, by their
 * numbers: a line break becomes `⟨U+000A⟩`. It does the same with blanks that would push the rest out of sight, and with
 * piled-up marks.
 */
export function visibleText(text: string): string {
  return text
    .replace(unseen, (found, characters?: string) => (characters === undefined ? found : codePoints(characters)))
    .replace(marked, (found, letter?: string, marks?: string) => {
      const isHonest = marks === undefined || !isCombiningTrick(found.replace(/(?!^)[\u200c\u200d]/g, ''));
      return isHonest ? found : `${letter}${codePoints(marks)}`;
    });
}

function codePoints(characters: string): string {
  return Array.from(characters, (character) => {
    const number = character.codePointAt(0) as number;
    return `⟨U+${number.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  }).join('');
}
