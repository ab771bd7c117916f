import { bidi, blanks, control, invisible, isCombiningTrick, withoutEmoji } from '../request-view/deceptive-text.js';
import { webAddressIn } from './web-address.js';

/**
 * What can make a text look like another one on somebody's phone:
 * - `control`: control characters, line breaks, and characters without a meaning here (unassigned, private, half a
 *   character);
 * - `bidi`: characters that change the direction of the text (overrides, embeddings, isolates, marks);
 * - `invisible`: zero-width and other characters without a shape, except inside an emoji, and three or more blanks
 *   in a row;
 * - `combining`: marks piled up, marks that cross out or enclose a letter, marks on anything but a letter;
 * - `url`: a web or e-mail address, even without `https://`, or anything that a phone would turn into a link.
 */
export type Deception = 'control' | 'bidi' | 'invisible' | 'combining' | 'url';

export const deceptions: readonly Deception[] = ['control', 'bidi', 'invisible', 'combining', 'url'];

/** Finds the first deception in a text, except for those that are allowed. */
export function deceptionIn(text: string, allowed: ReadonlySet<Deception>): Deception | undefined {
  const plain = withoutEmoji(text);
  return deceptions.find((deception) => !allowed.has(deception) && finders[deception](plain));
}

const finders: Record<Deception, (text: string) => boolean> = {
  control: (text) => control.test(text),
  bidi: (text) => bidi.test(text),
  invisible: (text) => invisible.test(text) || blanks.test(text),
  combining: isCombiningTrick,
  url: webAddressIn,
};
