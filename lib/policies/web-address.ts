import { isIPv4 } from 'node:net';

const scheme = /:\/\/|\b(?:https?|mailto|tel|sms|smsto|javascript|data|intent|market):\S/i;

// A domain with or without anything before it: what follows the last dot is all letters, or the ASCII form of other
// letters. The ideographic full stop separates labels too, but in Chinese and Japanese it ends sentences: it counts only
// before Latin letters.
const domain =
  /[\p{L}\p{N}\p{M}\p{So}_-](?:\.(?:xn--[a-z\d-]+|[\p{L}\p{M}]{2,})|\u{3002}(?:xn--[a-z\d-]+|[a-z]{2,}))(?![\p{L}\p{M}\p{N}])/iu;

const dottedQuad = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]|,\d)/g;

/**
 * Whether a text has a web address in it, or anything else that a phone would turn into a link. It errs on the side of
 * caution: two words with a dot and no space between them count as a domain.
 */
export function webAddressIn(text: string): boolean {
  // Browsers see through compatibility forms (full-width letters and dots) and characters without a shape.
  const plain = text.replace(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFKC');
  return scheme.test(plain) || domain.test(plain) || (plain.match(dottedQuad) ?? []).some((quad) => isIPv4(quad));
}
