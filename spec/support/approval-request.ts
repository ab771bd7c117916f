import type { Granted } from 'ciba-backchannel/client';

/** What the agent and the spec that kills it have in common. */
export const secret = 'the-secret-of-the-client';
export const keys = ['a key of the agents, of thirty-two characters'];
export const request = { scope: 'openid', login_hint: 'alice', binding_message: 'W4SCT' };

/** Pays at a bank that pays once for each key. */
export function pay(issuer: string) {
  return async ({ fetch, attempt }: Granted): Promise<number> => {
    const headers = { 'idempotency-key': 'invoice-1' };
    await fetch(`${issuer}/pay`, { method: 'POST', headers });
    return attempt;
  };
}
