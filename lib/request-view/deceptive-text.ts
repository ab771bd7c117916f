// What can make a text look like another one: one list, for what requests show and for what the policies refuse.

let emoji: RegExp | undefined;

/**
 * Replaces each emoji by a box, since emoji may hold joiners and variation selectors. Only sequences that Unicode lists
 * count: nothing can hide in them.
 */
export function withoutEmoji(text: string): string {
  // Compiled when it is first needed, since that takes longer than everything else here.
  // biome-ignore lint/complexity/useRegexLiterals: the flag v is newer than the compiler's target; Node 20 has it
  emoji ??= new RegExp('\\p{RGI_Emoji}', 'gv');
  return text.replace(emoji, '\u{25a1}');
}

/** Control characters, line breaks, and characters without a meaning here (unassigned, private, half a character). */
export const control = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;

export const bidi = /\p{Bidi_Control}/u;

/** Default_Ignorable_Code_Point is Unicode's own list of characters without a shape; the Braille blank is not on it. */
export const invisible = /(?!\p{Bidi_Control})[\p{Default_Ignorable_Code_Point}\p{Cf}\u{2800}]/u;

/** Blanks of any width that push what follows out of sight. */
export const blanks = /\p{Zs}{3,}/u;

// The zero-width joiners may stand between a letter and its mark, where they are allowed at all.
const markWithoutLetter = /(?:^|[^\p{L}\p{M}\u{200c}\u{200d}])\p{M}/u;
// UTS #39, section 5.4: the same nonspacing mark twice, or more than four of them.
const piledMarks = /([\p{Mn}\p{Me}])\1|[\p{Mn}\p{Me}]{5}/u;
// Strokes through a letter (combining class 1), and marks around it.
const overlay = /[\u{334}-\u{338}\u{20d2}\u{20d3}\u{20d8}-\u{20da}\u{20e5}\u{20e6}\u{20ea}\u{20eb}\p{Me}]/u;

/** Whether marks are piled up, cross out or enclose a letter, or stand on anything but a letter. */
export function isCombiningTrick(text: string): boolean {
  // Composed, since that leaves the negated signs of mathematics alone; decomposed, since a mark may be part of a letter.
  const composed = text.normalize('NFC');
  return overlay.test(composed) || markWithoutLetter.test(composed) || piledMarks.test(text.normalize('NFD'));
}
