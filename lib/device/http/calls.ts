import type { IncomingMessage } from 'node:http';
import type { Callers } from '../passkeys/callers.js';
import type { DeviceLists } from '../passkeys/devices.js';
import type { Enrolment, WithCookies } from '../passkeys/enrolment.js';
import type { Pushes } from '../pushes/pushes.js';
import { subscribe } from '../pushes/subscribe.js';
import type { Requests } from '../requests/requests.js';
import type { Brand, State } from '../settings/api.js';
import { CallError } from '../settings/errors.js';
import type { AssertionJson, AttestationJson } from '../settings/webauthn-json.js';
import type { Subscription } from '../store/contents.js';
import type { Entry, Rows } from '../store/rows.js';
import type { Body } from './body.js';

/** The answer to a call. */
export type CallAnswer = { body: object; setCookies?: string[] };

/** By the name of the call: see `api.ts`. */
export type Calls = ReadonlyMap<string, (req: IncomingMessage, body: Body) => Promise<CallAnswer>>;

/** What the calls use. */
export interface Services {
  rows: Rows;
  callers: Callers;
  enrolment: Enrolment;
  requests: Requests;
  devices: DeviceLists;
  /** Absent if the host does not use push. */
  push: { publicKey: string; pushes: Pushes } | undefined;
  /** What the page has to know about the host. */
  host: { signIn: string | null; report: boolean; brand: Brand };
}

export function calls({ rows, callers, enrolment, requests, devices, push, host }: Services): Calls {
  async function stateOf(req: IncomingMessage, phone: Entry<'phone'> | undefined): Promise<State> {
    const session = await callers.session(req);
    return {
      phone: phone
        ? {
            id: phone.id,
            name: phone.contents.name,
            user: phone.contents.user,
            push: phone.contents.subscription !== undefined,
          }
        : null,
      session: session ? { name: session.name } : null,
      pushKey: push?.publicKey ?? null,
      waiting: phone ? await requests.waiting(phone.subject) : 0,
      ...host,
      now: Date.now(),
    };
  }

  async function setSubscription(req: IncomingMessage, value: unknown): Promise<State> {
    if (push === undefined) throw new CallError('invalid_request', 'this server does not send pushes');
    const subscription: Subscription | undefined = value === null ? undefined : push.pushes.subscriptionOf(value);
    const phone = await subscribe(rows, await callers.requirePhone(req), subscription);
    if (phone === undefined) throw new CallError('no_phone', 'this browser is no longer a phone');
    return stateOf(req, phone);
  }

  async function become(req: IncomingMessage, { phone, setCookies }: { phone: Entry<'phone'>; setCookies: string[] }) {
    return { body: await stateOf(req, phone), setCookies };
  }

  const subjectOf = async (req: IncomingMessage) => (await callers.requirePhone(req)).subject;

  return new Map<string, (req: IncomingMessage, body: Body) => Promise<CallAnswer>>([
    [
      'state',
      async (req) => {
        const phone = await callers.phone(req);
        return { body: await stateOf(req, phone), setCookies: phone ? [callers.renewed(req)] : [] };
      },
    ],
    ['sign-in/options', async (): Promise<WithCookies<object>> => enrolment.signInOptions()],
    [
      'sign-in',
      async (req, body) =>
        become(
          req,
          await enrolment.signIn(req, { credential: body.value('credential') as AssertionJson, name: body.name() }),
        ),
    ],
    ['set-up/options', (req, body) => enrolment.setUpOptions(req, body.value('confirmation'))],
    [
      'set-up',
      async (req, body) =>
        become(
          req,
          await enrolment.setUp(req, { credential: body.value('credential') as AttestationJson, name: body.name() }),
        ),
    ],
    ['push', async (req, body) => ({ body: await setSubscription(req, body.value('subscription')) })],
    ['requests', async (req, body) => ({ body: await requests.list(await subjectOf(req), body.language()) })],
    [
      'request',
      async (req, body) => {
        const subject = await subjectOf(req);
        return { body: await requests.details(subject, body.id(), body.language(), body.value('seen')) };
      },
    ],
    ['deny', async (req, body) => ({ body: await requests.deny(await callers.requirePhone(req), body.id(), false) })],
    ['report', async (req, body) => ({ body: await requests.deny(await callers.requirePhone(req), body.id(), true) })],
    [
      'approve',
      async (req, body) => {
        const phone = await callers.requirePhone(req);
        const credential = body.value('credential') as AssertionJson;
        return { body: await requests.approve(phone, { id: body.id(), language: body.language(), credential }) };
      },
    ],
    ['devices', async (req) => ({ body: await devices.list(req) })],
    ['phones/rename', async (req, body) => ({ body: await devices.rename(req, body.id(), body.name()) })],
    [
      'phones/remove',
      async (req, body) => ({ body: await devices.remove(req, 'phone', body.id(), body.value('confirmation')) }),
    ],
    [
      'passkeys/remove',
      async (req, body) => ({ body: await devices.remove(req, 'passkey', body.id(), body.value('confirmation')) }),
    ],
  ]);
}
