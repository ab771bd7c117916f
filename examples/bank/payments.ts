import type { Payment } from 'ciba-backchannel/device';
import { type AccessToken, type ProtectOptions, protect } from 'ciba-backchannel/resource';
import express, { type Request, type Router } from 'express';
import type { Pool } from 'pg';
import { z } from 'zod';

/** What a client may ask for. Strict, so that it holds nothing that the phone does not show. */
export const payment = z.strictObject({
  type: z.literal('payment_initiation'),
  instructedAmount: z.strictObject({ currency: z.literal('EUR'), amount: z.string().regex(/^[1-9]\d{0,5}\.\d\d$/) }),
  creditorName: z.string().regex(/^[\p{L}\p{N} .&-]{1,40}$/u),
});

/** What the phone shows first: amount and payee. A request that is not for exactly one payment is refused. */
export function shownPayment(details: object[]): Payment | undefined {
  const wanted = details.length === 1 ? payment.safeParse(details[0]).data : undefined;
  if (wanted === undefined) return undefined;
  const { amount, currency } = wanted.instructedAmount;
  return { amount: `${amount} ${currency}`, payee: wanted.creditorName };
}

/** `POST /payments`: executes exactly what was approved, once for each access token. */
export function paymentsApi(pool: Pool, options: ProtectOptions<Request>): Router {
  const approved = protect<Request>({
    ...options,
    authorizationDetails([detail, ...others], { body }) {
      const asked = payment.safeParse(body).data;
      const granted = payment.safeParse(detail).data;
      return (
        asked !== undefined &&
        granted !== undefined &&
        others.length === 0 &&
        asked.creditorName === granted.creditorName &&
        asked.instructedAmount.amount === granted.instructedAmount.amount
      );
    },
  });

  return express.Router().post('/payments', express.json(), approved, async (req, res, next) => {
    const { subject } = (req as { token?: AccessToken }).token as AccessToken;
    try {
      const { rowCount } = await pool.query(
        `INSERT INTO bank_payment (token, subject, payment) VALUES (sha256($1::bytea), $2, $3) ON CONFLICT DO NOTHING`,
        [Buffer.from(String(req.headers.authorization)), subject, JSON.stringify(req.body)],
      );
      if (rowCount === 1) res.status(201).json({ status: 'accepted' });
      else res.status(403).json({ problem: 'this approval has been used' });
    } catch (error) {
      next(error); // Express 4 does not wait for promises
    }
  });
}
