import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CibaCompletion } from 'ciba-backchannel';
import { type AuthenticationDevice, authenticationDevice, englishDeviceTexts } from 'ciba-backchannel/device';
import express, { type Router } from 'express';
import webPush from 'web-push';
import type { Payment } from '../payments.js';
import { german } from './german.js';
import { spanish } from './spanish.js';

/** The account holder. */
export const alice = { subject: 'alice', name: 'Alice Arendt', email: 'alice@example.com' };

/** Milliseconds after signing in for which a phone may be set up. */
const freshness = 300_000;

/**
 * What a server needs for the phone: a tiny login (anybody who presses the button is Alice), the page, and the options
 * that decide who may do what. Everything is in memory.
 */
export function phoneHost(
  origin: string,
  complete: CibaCompletion['complete'],
): { router: Router; phone: AuthenticationDevice } {
  const sessions = new Map<string, { signedInAt: number }>();
  const sessionOf = (req: IncomingMessage) =>
    sessions.get(/session=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '');

  const phone = authenticationDevice({
    origin,
    rp: { id: 'localhost', name: 'Example Bank' },
    user: (req) => sessionOf(req) && { subject: alice.subject, name: alice.name },
    stepUp(req) {
      const session = sessionOf(req);
      return session !== undefined && Date.now() - session.signedInAt < freshness;
    },
    push: { subject: 'mailto:ops@bank.example', ...webPush.generateVAPIDKeys() },
    complete,
    payment(details) {
      const payment = details.find(({ type }) => type === 'payment_initiation');
      if (payment === undefined) return undefined;
      const { instructedAmount, creditorName } = payment as unknown as Payment;
      return { amount: `${instructedAmount.amount} ${instructedAmount.currency}`, payee: creditorName };
    },
    acr: ({ deviceBound }) => (deviceBound ? 'urn:example:acr:passkey' : 'urn:example:acr:synced-passkey'),
    onApproval: (record) => console.log(`approval     recorded: ${record.shown}`),
    onChange: ({ type, subject }) => console.log(`phone        ${type} for ${subject}`),
    report: ({ client, bindingMessage }) =>
      console.log(`report       the user did not ask for the request ${bindingMessage} from ${client.name}`),
    signIn: '/login',
    texts: [englishDeviceTexts, german, spanish],
  });

  const router = express.Router();
  router.use('/device', phone);
  router.get('/login', (_req, res) => {
    res.send(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Example Bank</title>
      <h1>Example Bank</h1><form method="post"><button>Sign in as ${alice.name}</button></form>`);
  });
  router.post('/login', (_req, res) => {
    const session = randomBytes(16).toString('base64url');
    sessions.set(session, { signedInAt: Date.now() });
    res.cookie('session', session, { httpOnly: true, sameSite: 'strict' }).redirect('/device/');
  });
  return { router, phone };
}
