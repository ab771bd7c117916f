import type { IncomingMessage } from 'node:http';
import { BodyError, readJsonObject } from '../../routers/json-body.js';
import { CallError } from '../settings/errors.js';

const maxBytes = 64 * 1024;
const maxName = 60;
const maxId = 64;

/** Reads the members of a call's body. */
export interface Body {
  /** A non-empty string of at most 64 characters. */
  id(): string;
  /** BCP 47 tag; the empty string if the call has none, which means the host's first language. */
  language(): string;
  /** The name that a person has given to a phone. */
  name(): string;
  /** Any value: the caller must check it. */
  value(member: string): unknown;
}

/**
 * Reads the body of a call: JSON, from our own page.
 *
 * @throws CallError `foreign_origin`, `invalid_request`
 */
export async function readBody(req: IncomingMessage, origin: string): Promise<Body> {
  const { origin: sender, 'sec-fetch-site': site = 'same-origin', 'content-type': type = '' } = req.headers;
  if (sender !== origin || site !== 'same-origin') {
    throw new CallError('foreign_origin', `only pages of ${origin} may call this`);
  }
  if (!/^application\/json *(?:;|$)/i.test(type)) {
    throw new CallError('invalid_request', 'the body must be application/json', { status: 415 });
  }
  const body = await readJsonObject(req, maxBytes).catch((error) => {
    if (!(error instanceof BodyError)) throw error;
    throw new CallError('invalid_request', error.message, { status: error.status });
  });
  const text = (member: string, max: number): string => {
    const value = body[member];
    if (typeof value === 'string' && value !== '' && value.length <= max) return value;
    throw new CallError('invalid_request', `${member} must be a string of 1 to ${max} characters`);
  };
  return {
    id: () => text('id', maxId),
    language: () => (body.language === undefined ? '' : text('language', maxId)),
    name: () => text('name', maxName),
    value: (member) => (Object.hasOwn(body, member) ? body[member] : undefined),
  };
}
