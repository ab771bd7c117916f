import type { ExactJson, ExactObject } from '../json/exact-json.js';

/** Members of one object that a person reads as one value. */
export interface Reading {
  names: string[];
  value: string;
}

/** Without leading zeros, which formatting would drop; longer ones, `1e3` and the like are shown as they are. */
const decimal = /^-?(?:0|[1-9]\d{0,29})(?:\.\d{1,15})?$/;
const currencyCode = /^[A-Z]{3}$/i;
const amountName = /^(?:amount|value)$/i;
const currencyName = /^currency$/i;

/** An amount of money: digits as they were written, separated as usual in the language. */
export function amount(members: ExactObject, language: string): Reading | undefined {
  const number = find(members, amountName, decimal);
  const currency = find(members, currencyName, currencyCode);
  if (number === undefined || currency === undefined) return undefined;
  return { names: [number.name, currency.name], value: moneyText(number.value, currency.value, language) };
}

/** `1234.50 EUR` as usual in the language; anything else stays as it is. */
export function localAmount(text: string, language: string): string {
  const [number = '', currency = ''] = text.split(/ +/, 2);
  const isMoney = text === `${number} ${currency}` && decimal.test(number) && currencyCode.test(currency);
  return isMoney ? moneyText(number, currency, language) : text;
}

function moneyText(number: string, currency: string, language: string): string {
  const digits = number.split('.')[1]?.length ?? 0;
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  // Given as a string, the number is not rounded to a double first (ECMA-402, section 16.5.16), whatever the type says.
  return `${format.format(number as `${number}`)} ${currency}`;
}

/** The members of an amount, even if they cannot be read as one value. */
export function amountMembers(members: ExactObject): Set<string> {
  const names = Object.keys(members);
  const kinds = [amountName, currencyName].map((name) => names.filter((member) => name.test(member)));
  return new Set(kinds.every((kind) => kind.length > 0) ? kinds.flat() : []);
}

/** An account or card by its number, in groups of four (ISO 13616-1, section 6.2), and its currency. */
export function account(members: ExactObject): Reading | undefined {
  const number = find(members, /^iban$/i, iban) ?? find(members, /^(?:masked_?)?pan$/i, cardNumber);
  if (number === undefined) return undefined;
  // If there is an amount, the currency belongs to it.
  const currency = amountMembers(members).size > 0 ? undefined : find(members, currencyName, currencyCode);
  const grouped = inGroups(number.value);
  if (currency === undefined) return { names: [number.name], value: grouped };
  return { names: [number.name, currency.name], value: `${grouped}, ${currency.value}` };
}

/** A person's name. */
export function personName(members: ExactObject): Reading | undefined {
  const given = find(members, /^(?:given|first)_?name$/i, /\S/);
  const family = find(members, /^(?:(?:family|last)_?name|surname)$/i, /\S/);
  if (given === undefined || family === undefined) return undefined;
  return { names: [given.name, family.name], value: `${given.value} ${family.value}` };
}

// Many people write these numbers in groups.
const iban = /^[A-Z]{2} *\d *\d(?: *[A-Z\d]){11,30}$/i;
const cardNumber = /^[\dX*](?: *[\dX*]){11,18}$/i;

/** The value in groups, if the member's name and the value's form show that it is an account number. */
export function accountNumber(name: string, value: string): string | undefined {
  return /iban$/i.test(name) && iban.test(value) ? inGroups(value) : undefined;
}

function inGroups(value: string): string {
  return value.replaceAll(' ', '').replace(/.{4}(?=.)/g, '$& ');
}

function find(members: ExactObject, name: RegExp, looks: RegExp): { name: string; value: string } | undefined {
  const [found, another] = Object.entries(members).filter(([key]) => name.test(key)) as [string, ExactJson][];
  // If two members could be meant, both are shown.
  if (found === undefined || another !== undefined || typeof found[1] !== 'string') return undefined;
  return looks.test(found[1]) ? { name: found[0], value: found[1] } : undefined;
}
