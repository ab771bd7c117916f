/*
 * What the examples with payments share: the payments that agents may ask for, and the bank's API, which executes exactly what
 * was approved, once.
 */
import type { AuthleteApi } from 'ciba-backchannel';
import { type AccessToken, protect } from 'ciba-backchannel/resource';
import express, { type Request, type Router } from 'express';
import { z } from 'zod';

/** What an agent may ask for. Strict, so that it holds nothing that the phone does not show. */
export const payment = z.strictObject({
  type: z.literal('payment_initiation'),
  instructedAmount: z.strictObject({
    currency: z.literal('EUR'),
    amount: z.string().regex(/^[1-9]\d{0,2}\.\d\d$/, 'agents may pay up to 999.99 EUR'),
  }),
  creditorName: z.string().regex(/^[\p{L}\p{N} .&-]{1,40}$/u),
});

export type Payment = z.infer<typeof payment>;

/**
 * `POST /payments` with the access token of the approval.
 *
 * @param log called for each payment, with its token, which names the user and the agent
 */
export function paymentsApi(
  authlete: Pick<AuthleteApi, 'introspection'>,
  log: (paid: Payment, token: AccessToken) => void = () => {},
): Router {
  const used = new Set<string>();
  const approved = protect<Request>({
    authlete,
    authorizationDetails(details, { body }) {
      const wanted = payment.safeParse(body);
      return wanted.success && details.some((detail) => isSame(detail as Payment, wanted.data));
    },
  });

  return express.Router().post('/payments', express.json(), approved, (req, res) => {
    const { headers, token } = req as Request & { token: AccessToken };
    const value = String(headers.authorization);
    if (used.has(value)) return res.status(403).json({ problem: 'that has been paid already' });
    used.add(value);
    log(req.body, token);
    return res.status(201).json({ status: 'paid', by: token.subject });
  });
}

function isSame(a: Payment, b: Payment): boolean {
  return (
    a.creditorName === b.creditorName &&
    a.instructedAmount.amount === b.instructedAmount.amount &&
    a.instructedAmount.currency === b.instructedAmount.currency
  );
}
