import { webAddressIn } from './web-address.js';

/**
 * What can make a text look like another one on somebody's telephone:
 * - `control`: control characters, line breaks, and what has no meaning on this system (unassigned, private, half a
 *   character);
 * - `bidi`: characters that change the direction of the text (overrides, embeddings, isolates, marks);
 * - `invisible`: zero-width and other characters without a shape, but for those inside an emoji;
 * - `combining`: marks piled up, marks that cross out or enclose a letter, marks on anything but a letter;
 * - `url`: a web or e-mail address, also without `https://`, or what a telephone would make a link.
 */
export type Deception = 'control' | 'bidi' | 'invisible' | 'combining' | 'url';

export const deceptions: readonly Deception[] = ['control', 'bidi', 'invisible', 'combining', 'url'];

/** Finds the first deception in a text, but for those that are allowed. */
export function deceptionIn(text: string, allowed: ReadonlySet<Deception>): Deception | undefined {
  // Emoji hold zero-width joiners and variation selectors by right. Only sequences that Unicode lists count, so nothing
  // can hide among them.
  const plain = text.replace(emoji, '\u{25a1}');
  return deceptions.find((deception) => !allowed.has(deception) && finders[deception](plain));
}

const finders: Record<Deception, (text: string) => boolean> = {
  control: (text) => control.test(text),
  bidi: (text) => bidi.test(text),
  invisible: (text) => invisible.test(text),
  combining: isCombiningTrick,
  url: webAddressIn,
};

// biome-ignore lint/complexity/useRegexLiterals: the flag v is newer than the compiler's target; Node 20 has it
const emoji = new RegExp('\\p{RGI_Emoji}', 'gv');
const control = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
const bidi = /\p{Bidi_Control}/u;
// Default_Ignorable_Code_Point is Unicode's own list of what has no shape; the Braille blank is not on it.
const invisible = /(?!\p{Bidi_Control})[\p{Default_Ignorable_Code_Point}\p{Cf}\u{2800}]/u;

// The zero-width joiners may stand between a letter and its mark, where they are allowed at all.
const markWithoutLetter = /(?:^|[^\p{L}\p{M}\u{200c}\u{200d}])\p{M}/u;
// UTS #39, section 5.4: the same nonspacing mark twice, or more than four of them.
const piledMarks = /([\p{Mn}\p{Me}])\1|[\p{Mn}\p{Me}]{5}/u;
// Strokes through a letter (combining class 1), and marks around it.
const overlay = /[\u{334}-\u{338}\u{20d2}\u{20d3}\u{20d8}-\u{20da}\u{20e5}\u{20e6}\u{20ea}\u{20eb}\p{Me}]/u;

function isCombiningTrick(text: string): boolean {
  // Composed, since that leaves the negated signs of mathematics alone; decomposed, since a mark may be part of a letter.
  const composed = text.normalize('NFC');
  return overlay.test(composed) || markWithoutLetter.test(composed) || piledMarks.test(text.normalize('NFD'));
}
