// @ts-check
import { assertion } from './passkey.js';

/**
 * @import { ErrorCode, PageCalls, PasskeyRequired } from '../settings/api.js'
 */

/** A call that failed: with the server's code, or `offline` if there was no answer. */
export class CallError extends Error {
  /** @param {Partial<Omit<PasskeyRequired, 'error'>> & { error: ErrorCode | 'offline' }} answer */
  constructor(answer) {
    super(answer.message ?? 'there was no answer');
    this.code = answer.error;
    this.answer = answer;
  }
}

/** Gets an event `heard` after each call: whether the server has answered. The page listens. */
export const connection = new EventTarget();

/**
 * @template {keyof PageCalls} Name
 * @param {Name} name
 * @param {PageCalls[Name][0]} [body]
 * @returns {Promise<PageCalls[Name][1]>}
 * @throws {CallError}
 */
export async function call(name, body = {}) {
  const headers = { 'content-type': 'application/json' };
  // A denial arrives even if the page is closed meanwhile.
  const keepalive = name === 'deny' || name === 'report';
  const init = { method: 'POST', headers, body: JSON.stringify(body), keepalive };
  const response = await fetch(`api/${name}`, init).catch(() => undefined);
  connection.dispatchEvent(new CustomEvent('heard', { detail: response !== undefined }));
  if (response === undefined) throw new CallError({ error: 'offline' });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new CallError({ error: 'unavailable', ...answer });
}

/**
 * A call that one of the user's passkeys may have to confirm.
 *
 * @template {'set-up/options' | 'devices' | 'phones/remove' | 'passkeys/remove'} Name
 * @param {Name} name
 * @param {PageCalls[Name][0]} body
 * @returns {Promise<PageCalls[Name][1]>}
 */
export async function confirmedCall(name, body) {
  try {
    return await call(name, body);
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== 'passkey_required' || !error.answer.publicKey) throw error;
    return call(name, { ...body, confirmation: await assertion(error.answer.publicKey) });
  }
}
