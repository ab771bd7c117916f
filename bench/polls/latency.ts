import { setTimeout as wait } from 'node:timers/promises';
import * as openid from 'openid-client';
import { start } from '../processes.js';

/** Milliseconds; Authlete's default, and the embedded engine's. */
const interval = 5_000;

/** Milliseconds from the `auth_req_id` to the decision: the first poll is there, and held still. */
const firstDecision = 6_000;
const lastDecision = 20_000;

/** Of the transactions, those that are decided first: until the code is warm. */
const warmUp = 0.2;

/**
 * Milliseconds from the moment when `complete()` has resolved to tokens at openid-client, for transactions that all wait
 * at the same time, and are approved at different times while their clients poll.
 *
 * @param hold milliseconds for which a poll is held; 0: none is
 */
export async function latencies(transactions: number, hold: number): Promise<number[]> {
  const server = start('polls/holding-server.js', { HOLD: String(hold) });
  const approvals = new Map<string, (at: bigint) => void>();
  const port = await new Promise<number>((resolve) => {
    server.on('message', (message: { port: number } | { approved: string; at: string }) => {
      if ('port' in message) resolve(message.port);
      else approvals.get(message.approved)?.(BigInt(message.at));
    });
  });
  const url = `http://127.0.0.1:${port}`;
  const config = new openid.Configuration(
    { issuer: 'https://as.example.com', backchannel_authentication_endpoint: url, token_endpoint: `${url}/token` },
    'teller',
    { id_token_signed_response_alg: 'ES256' },
    openid.ClientSecretBasic('secret-of-the-teller'),
  );
  openid.allowInsecureRequests(config);

  /** @param share of 1, another one for each transaction */
  async function latency(share: number): Promise<number> {
    // Not all at once: clients that poll together would wait for each other.
    await wait(interval * ((share * 1000) % 1));
    const request = { scope: 'openid', login_hint: 'alice', binding_message: 'W4-7' };
    const acknowledgement = await openid.initiateBackchannelAuthentication(config, request);
    const tokens = openid
      .pollBackchannelAuthenticationGrant(config, acknowledgement)
      .then(() => process.hrtime.bigint());
    await wait(firstDecision + (lastDecision - firstDecision) * share);
    const approved = new Promise<bigint>((resolve) => approvals.set(acknowledgement.auth_req_id, resolve));
    server.send({ approve: acknowledgement.auth_req_id });
    const [from, to] = await Promise.all([approved, tokens]);
    return Number(to - from) / 1e6;
  }

  try {
    const all = await Promise.all(Array.from({ length: transactions }, (_, i) => latency(i / transactions)));
    return all.slice(transactions * warmUp);
  } finally {
    server.kill();
  }
}
