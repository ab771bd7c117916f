import { inspect } from 'node:util';

/** Wrong values of the options that both endpoints take: the option, and what it must not be. */
export const commonWrongOptions: [string, unknown[]][] = [
  ['clientCertificate', [true, null, 'TLS', {}, { header: 'x' }, { header: 'x', format: 'pem' }]],
  [
    'bodyLimit',
    [0, -5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, null, {}, '', '64', '-1kb', 'kb', '64kb!', '0b', true],
  ],
  ['timeout', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '1000', null, 5n, {}]],
  ['realm', ['', 7, null, 'a\r\nSet-Cookie: b', 'tab\t', '\x00', '\x7f', '\x85', '\u20ac']],
  [
    'logger',
    [null, 7, 'console', {}, { debug() {}, info() {}, warn() {} }, { debug() {}, info() {}, warn() {}, error: 'x' }],
  ],
];

/** What is no options object at all. */
export const noOptions = [undefined, null, 7, 'authlete', () => {}];

/** Each wrong value as a case of its own, for `it.each`. */
export function casesOf(table: [string, unknown[]][]): { option: string; value: unknown; shown: string }[] {
  return table.flatMap(([option, values]) => values.map((value) => ({ option, value, shown: inspect(value) })));
}
