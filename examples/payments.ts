/*
 * What the examples with payments share: what may be asked for, and the bank's API, which executes exactly what was
 * approved, once.
 */
import type { AuthleteApi } from 'ciba-backchannel';
import { unpackDetail } from 'ciba-backchannel/policies';
import express, { type Router } from 'express';
import { z } from 'zod';

/** What an agent may ask for. Strict: nothing that the telephone does not show. */
export const payment = z.strictObject({
  type: z.literal('payment_initiation'),
  instructedAmount: z.strictObject({
    currency: z.literal('EUR'),
    amount: z.string().regex(/^[1-9]\d{0,2}\.\d\d$/, 'agents may pay up to 999.99 EUR'),
  }),
  creditorName: z.string().regex(/^[\p{L}\p{N} .&-]{1,40}$/u),
});

export type Payment = z.infer<typeof payment>;

/** `POST /payments` with the access token of the approval. */
export function paymentsApi(authlete: Pick<AuthleteApi, 'introspection'>): Router {
  const used = new Set<string>();

  return express.Router().post('/payments', express.json(), async (req, res) => {
    const token = /^Bearer (\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    if (token === undefined) return res.status(401).set('WWW-Authenticate', 'Bearer').json({ problem: 'no approval' });
    const { action, subject, authorizationDetails } = await authlete.introspection({ token });
    if (action !== 'OK') return res.status(401).json({ problem: 'no valid approval' });

    const wanted = payment.safeParse(req.body);
    const approved = (authorizationDetails?.elements ?? []).map((element) => unpackDetail(element) as Payment);
    if (!wanted.success || !approved.some((detail) => isSame(detail, wanted.data))) {
      return res.status(403).json({ problem: 'that is not what was approved' });
    }
    if (used.has(token)) return res.status(403).json({ problem: 'that has been paid already' });
    used.add(token);
    return res.status(201).json({ status: 'paid', by: subject });
  });
}

function isSame(a: Payment, b: Payment): boolean {
  return (
    a.creditorName === b.creditorName &&
    a.instructedAmount.amount === b.instructedAmount.amount &&
    a.instructedAmount.currency === b.instructedAmount.currency
  );
}
