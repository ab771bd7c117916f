import { cibaBackchannel, cibaCompletion, cibaToken } from 'ciba-backchannel';
import {
  type ApprovalRecord,
  type AuthenticationDeviceOptions,
  authenticationDevice,
  englishDeviceTexts,
} from 'ciba-backchannel/device';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import { german } from '../../examples/phone/german.js';
import { type PushService, startPushService, vapidKeys } from '../support/push-service.js';
import type { StandingHost } from './standing-host.js';

const basic = `Basic ${Buffer.from('shop:a-secret').toString('base64')}`;

/** A bank: its login, the phone's page, CIBA for one client, and a push service beside it. */
export interface DeviceSite {
  origin: string;
  pushService: PushService;
  records: ApprovalRecord[];
  links: string[];
  /** Whether the bank's session may set up or remove a phone. */
  stepUp: boolean;
  /** Sends a backchannel authentication request; resolves to its auth_req_id. */
  ask(parameters?: Record<string, string>): Promise<string>;
  /** Asks the token endpoint until the transaction has ended. */
  tokens(authReqId: string): Promise<Record<string, unknown>>;
  /** Withdraws what waits. */
  withdrawAll(): Promise<void>;
  close(): Promise<void>;
}

export async function deviceSite(
  host: StandingHost,
  options: Partial<AuthenticationDeviceOptions> = {},
): Promise<DeviceSite> {
  const app = express();
  const { origin } = host;
  const handleKeys = [Buffer.alloc(32, 1)];
  const authlete = await embeddedAuthlete({
    issuer: origin,
    interval: 1,
    clients: [
      {
        client_id: 'shop',
        client_secret: 'a-secret',
        client_name: 'Opera ticket shop',
        backchannel_token_delivery_mode: 'poll',
      },
    ],
  });
  const completion = cibaCompletion({ authlete, handleKeys });
  const pushService = await startPushService();

  const asked: string[] = [];
  const site: Omit<DeviceSite, 'withdrawAll' | 'close'> = {
    origin,
    pushService,
    records: [],
    links: [],
    stepUp: true,
    async ask(parameters = {}) {
      const form = { scope: 'openid', login_hint: 'alice', ...parameters };
      const answer = await post('/backchannel/authentication', form);
      if (typeof answer.auth_req_id !== 'string') throw new Error(JSON.stringify(answer));
      asked.push(answer.auth_req_id);
      return answer.auth_req_id;
    },
    async tokens(authReqId) {
      for (;;) {
        const grant = { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: authReqId };
        const answer = await post('/token', grant);
        if (answer.error !== 'authorization_pending' && answer.error !== 'slow_down') return answer;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    },
  };

  async function post(path: string, form: Record<string, string>): Promise<Record<string, unknown>> {
    const body = new URLSearchParams(form);
    const response = await fetch(origin + path, { method: 'POST', headers: { authorization: basic }, body });
    return (await response.json()) as Record<string, unknown>;
  }

  const phone = authenticationDevice({
    origin,
    rp: { id: 'localhost', name: 'Example Bank' },
    user({ headers }) {
      const [, subject] = /user=(\w+)/.exec(headers.cookie ?? '') ?? [];
      return subject && { subject, name: subject === 'alice' ? 'Alice Arendt' : subject };
    },
    stepUp: () => site.stepUp,
    push: { subject: 'mailto:ops@bank.example', ...vapidKeys(), allow: () => true },
    link: ({ url }) => site.links.push(url),
    complete: completion.complete,
    onApproval: (record) => site.records.push(record),
    texts: [englishDeviceTexts, german],
    ...options,
  });
  const ciba = cibaBackchannel({
    authlete,
    handleKeys,
    identifyUser({ hint }, { parameter }) {
      const name = parameter('agent');
      return { subject: hint, ...(name && { actor: { sub: 'agent-7', iss: 'https://agents.example.net', name } }) };
    },
    authenticate: phone.authenticate,
  });
  app.get('/login', (_req, res) => res.cookie('user', 'alice').end('<!doctype html><title>Login</title>'));
  app.use('/backchannel/authentication', ciba);
  app.use('/token', cibaToken({ authlete }));
  app.use('/device', phone);
  host.serve(app);

  return Object.assign(site, {
    async withdrawAll() {
      await Promise.all(asked.splice(0).map((authReqId) => phone.withdraw(authReqId, { clientId: 'shop' })));
    },
    async close() {
      await phone.close();
      await ciba.close({ timeout: 1 });
      await pushService.close();
    },
  });
}
