import { types } from 'node:util';
import { type Rejection, reject } from '../authlete/rejection.js';
import type { AnyHostPolicy } from '../backchannel/hooks.js';
import { optionalBoolean, requireCount } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { type Deception, deceptionIn, deceptions } from './deception.js';

/** Options of {@link bindingMessage}. */
export interface BindingMessageOptions {
  /** Whether every request needs a binding message; default `false`. */
  required?: boolean | undefined;
  /** Maximum number of characters, as a reader counts them (grapheme clusters); default 20. */
  maxLength?: number | undefined;
  /** A pattern that the message must match too, such as `/^[A-Z0-9-]+$/`. */
  pattern?: RegExp | undefined;
  /** Deceptions that are allowed in a message; none by default. */
  allow?: readonly Deception[] | undefined;
}

const names: OptionNames<BindingMessageOptions> = { required: true, maxLength: true, pattern: true, allow: true };

// UTF-16 units of one character. An emoji of a family of four has 11; the maximum limits the work for hostile messages.
const maxCharacterLength = 32;

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Refuses binding messages that a person cannot read, compare and trust at a glance as `INVALID_BINDING_MESSAGE`: too
 * long, without a visible character, or with one of the {@link Deception}s in it (control characters, changes of
 * direction, invisible characters, combining tricks, web addresses).
 *
 * @throws TypeError when an option is wrong
 * @see CIBA Core 1.0, sections 7.1 and 13; UTS #39, section 5.4; UAX #29
 * @example
 * ```ts
 * policy: bindingMessage({ required: true, pattern: /^[A-Z0-9]{4}(-[A-Z0-9]{4})*$/ }),
 * ```
 */
export function bindingMessage(options: BindingMessageOptions = {}): AnyHostPolicy {
  requireKnownOptions(options, names, 'bindingMessage');
  const { required = false, maxLength = 20, pattern, allow = [] } = options;
  optionalBoolean(required, 'required');
  requireCount(maxLength, 'maxLength');
  if (pattern !== undefined && !types.isRegExp(pattern)) throw new TypeError('pattern must be a RegExp');
  if (!Array.isArray(allow) || !allow.every((deception) => deceptions.includes(deception))) {
    throw new TypeError(`allow must be an array of ${deceptions.join(', ')}`);
  }
  const allowed = new Set(allow);

  return ({ bindingMessage: message = '' }) => {
    if (message === '') return required ? refusal('a binding message is required') : undefined;
    if (isLonger(message, maxLength)) return refusal(`the binding message is longer than ${maxLength} characters`);
    const deception = deceptionIn(message, allowed);
    if (deception !== undefined) return refusal(descriptions[deception]);
    if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(message)) return refusal('the binding message has no visible characters');
    // Not test(): with the flags g and y it continues where it matched last.
    if (pattern && message.search(pattern) === -1) return refusal('the binding message has the wrong form');
  };
}

const descriptions: Record<Deception, string> = {
  control: 'the binding message has control characters in it',
  bidi: 'the binding message has characters in it that change its direction',
  invisible: 'the binding message has invisible characters in it',
  combining: 'the binding message has misleading combinations of characters in it',
  url: 'the binding message has a web address in it',
};

function refusal(description: string): Rejection {
  return reject('INVALID_BINDING_MESSAGE', { description });
}

function isLonger(message: string, maxLength: number): boolean {
  if (message.length <= maxLength) return false;
  if (message.length > maxLength * maxCharacterLength) return true;
  let length = 0;
  for (const _ of characters.segment(message)) {
    length += 1;
    if (length > maxLength) return true;
  }
  return false;
}
