import type { Actor } from '../authlete/actor.js';
import { reject } from '../authlete/rejection.js';
import { requireKnownOptions } from '../options/known-options.js';
import { bidi, blanks, control, invisible, isCombiningTrick, withoutEmoji } from '../request-view/deceptive-text.js';

// Maximum characters. The actor travels in handles and tokens.
const maxIdentifier = 255;
const maxName = 100;

/**
 * Checks and copies the actor that `identifyUser` returned: a person will read its name and decide.
 *
 * @throws Rejection `ACCESS_DENIED` when the actor cannot be shown as it is: its name or identifier is too long, or its name
 *   could be read as another one
 * @throws TypeError when it is not an actor at all: the host's mistake
 */
export function checkedActor(actor: unknown): Actor | undefined {
  if (actor === undefined || actor === null) return undefined;
  if (typeof actor !== 'object' || Array.isArray(actor)) throw new TypeError('actor must be an object');
  requireKnownOptions(actor, { sub: true, iss: true, name: true }, 'actor');
  const { sub, iss, name } = actor as Record<string, unknown>;
  const checked: Actor = { sub: text(sub, 'sub', maxIdentifier) };
  if (iss !== undefined) checked.iss = text(iss, 'iss', maxIdentifier);
  if (name !== undefined) checked.name = honest(text(name, 'name', maxName));
  return checked;
}

function text(value: unknown, member: string, max: number): string {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`actor.${member} must be a string that is not empty`);
  }
  if (value.length > max) throw refused(`${member} of the actor is longer than ${max} characters`);
  return value;
}

function honest(name: string): string {
  const plain = withoutEmoji(name);
  const deceives = [control, bidi, invisible, blanks].some((trick) => trick.test(plain)) || isCombiningTrick(plain);
  if (deceives || name.trim() === '') throw refused('name of the actor could be read as another one');
  return name;
}

function refused(why: string) {
  return reject('ACCESS_DENIED', { description: `the ${why}` });
}
