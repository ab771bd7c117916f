import fc from 'fast-check';

/** Every code point but the surrogates, which no UTF-8 has. */
const codePoint = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((number) => String.fromCodePoint(number < 0xd800 ? number : number + 0x800));

/** As `unit: 'binary'`, which takes a second to build its table of all code points. */
export const anyText = fc.string({ unit: codePoint });
