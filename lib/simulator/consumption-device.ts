import { randomBytes } from 'node:crypto';
import type { Client } from './client.js';
import { describeFailure, describeProviderError } from './errors.js';
import { addStep } from './flow.js';
import { notificationText } from './http-text.js';
import type { Flow, FlowStatus } from './messages.js';
import type { Companions, Provider } from './provider.js';
import { requestParameters } from './request-parameters.js';

/** Flows that the page shows; finished ones make room for new ones. */
const maxFlows = 10;
const cibaGrant = 'urn:openid:params:grant-type:ciba';

/** The devices on which the clients run: they send requests and hear of the decisions. */
export interface ConsumptionDevice {
  /**
   * Sends a backchannel authentication request, and follows it until it ends.
   *
   * @returns what is wrong with the form, if anything is
   */
  send(form: Record<string, unknown>): string | undefined;
  /** Takes a ping or a push (CIBA Core 1.0, sections 10.2 and 10.3); returns the HTTP status of the answer. */
  notify(bearerToken: string, body: Record<string, unknown>): number;
  /** Polls for each flow whose next poll is due. */
  tick(now: number): void;
  flows(): Flow[];
  /** Whether any flow has not ended. */
  busy(): boolean;
  close(): void;
}

/** A flow and what the page must not see of it. */
interface Run {
  flow: Flow;
  client: Client;
  /** The bearer token for the client's notification endpoint. */
  notificationToken: string;
  authReqId?: string;
  /** Seconds between two polls. */
  interval: number;
  /** When to ask the token endpoint, milliseconds since the epoch. */
  nextPollAt: number;
  /** When to stop waiting, milliseconds since the epoch. */
  deadline: number;
}

/** Called after every change. */
export interface FlowListener {
  changed(flow: Flow): void;
  /** A finished flow has made room for a new one. */
  dropped(id: number): void;
}

export function consumptionDevice(
  clients: readonly Client[],
  provider: Provider,
  { changed, dropped }: FlowListener,
): ConsumptionDevice {
  let runs: Run[] = [];
  let lastId = 0;
  /** The last ID token that a client got: its next `id_token_hint`. */
  const idTokens = new Map<Client, string>();

  function end(run: Run, status: FlowStatus): void {
    run.flow.status = status;
    run.nextPollAt = Number.POSITIVE_INFINITY;
    changed(run.flow);
  }

  function fail(run: Run, error: unknown): void {
    if (run.flow.status !== 'waiting') return;
    addStep(run.flow, 'note', describeFailure(error));
    end(run, 'failed');
  }

  function send(form: Record<string, unknown>): string | undefined {
    const client = clients.find(({ id }) => id === form.client_id);
    if (client === undefined) return 'client_id must be one of the clients of the simulator';
    const parameters = requestParameters(form, idTokens.get(client));
    if (typeof parameters === 'string') return parameters;
    if (runs.length >= maxFlows) {
      const finished = runs.find(({ flow }) => flow.status !== 'waiting');
      if (finished === undefined) return `${maxFlows} requests are under way: wait until one has ended`;
      runs = runs.filter((run) => run !== finished);
      dropped(finished.flow.id);
    }
    const notificationToken = randomBytes(32).toString('base64url');
    if (client.mode !== 'poll') parameters.client_notification_token = notificationToken;

    lastId += 1;
    const hint = parameters.login_hint ?? parameters.login_hint_token ?? 'an ID token';
    const { binding_message: bindingMessage } = parameters;
    const run: Run = {
      flow: {
        id: lastId,
        clientName: client.name,
        mode: client.mode,
        hint,
        ...(bindingMessage !== undefined && { bindingMessage }),
        status: 'waiting',
        steps: [],
      },
      client,
      notificationToken,
      interval: 5,
      nextPollAt: Number.POSITIVE_INFINITY,
      deadline: Number.POSITIVE_INFINITY,
    };
    runs.push(run);
    begin(run, parameters).catch((error) => fail(run, error));
    return undefined;
  }

  async function begin(run: Run, parameters: Record<string, string>): Promise<void> {
    const { flow, client } = run;
    const { status, body, text } = await provider.backchannelAuthentication(client, parameters, ({ text, curl }) => {
      addStep(flow, 'sent', 'backchannel authentication request', { http: text, curl });
      changed(flow);
    });
    if (status !== 200 || typeof body.auth_req_id !== 'string') {
      receiveError(flow, body, text, status);
      end(run, 'refused');
      return;
    }
    const expiresIn = typeof body.expires_in === 'number' ? body.expires_in : 120;
    addStep(flow, 'received', `auth_req_id, valid for ${expiresIn} s`, { http: text });
    run.authReqId = body.auth_req_id;
    if (typeof body.interval === 'number') run.interval = body.interval;
    const expiresAt = Date.now() + expiresIn * 1000;
    // The provider may repeat a notification for up to two minutes after a decision.
    run.deadline = expiresAt + 120_000;
    if (client.mode === 'poll') run.nextPollAt = Date.now() + run.interval * 1000;
    // A ping that never came: the token endpoint says why.
    if (client.mode === 'ping') run.nextPollAt = expiresAt;
    changed(flow);
  }

  async function poll(run: Run): Promise<void> {
    const { flow, client, authReqId = '' } = run;
    run.nextPollAt = Number.POSITIVE_INFINITY;
    const parameters = { grant_type: cibaGrant, auth_req_id: authReqId };
    const { status, body, text } = await provider.token(client, parameters, ({ text, curl }) => {
      addStep(flow, 'sent', 'token request', { http: text, curl });
      changed(flow);
    });
    if (flow.status !== 'waiting') return;
    if (status === 200) {
      await receiveTokens(run, body, {}, text);
    } else if (body.error === 'authorization_pending' || body.error === 'slow_down') {
      addStep(flow, 'received', body.error, { http: text });
      // CIBA Core 1.0, section 11.
      if (body.error === 'slow_down') run.interval += 5;
      run.nextPollAt = Date.now() + run.interval * 1000;
      changed(flow);
    } else {
      receiveError(flow, body, text, status);
      end(run, endOf(body));
    }
  }

  async function receiveTokens(
    run: Run,
    body: Record<string, unknown>,
    bound: Companions,
    http: string,
  ): Promise<void> {
    const { flow, client } = run;
    const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, scope } = body;
    addStep(flow, 'received', 'tokens', { http });
    flow.tokens = {
      accessToken: typeof accessToken === 'string',
      refreshToken: typeof refreshToken === 'string',
      ...(typeof expiresIn === 'number' && { expiresIn }),
      ...(typeof scope === 'string' && { scope }),
    };
    if (typeof body.id_token !== 'string') throw new Error('the token response has no ID token');
    flow.claims = await provider.verifyIdToken(client, body.id_token, { ...bound, accessToken });
    idTokens.set(client, body.id_token);
    addStep(flow, 'note', 'ID token verified: signature, issuer, audience');
    end(run, 'approved');
  }

  function notify(bearerToken: string, body: Record<string, unknown>): number {
    const run = runs.find(
      (candidate) => candidate.client.mode !== 'poll' && candidate.notificationToken === bearerToken,
    );
    if (run === undefined) return 401;
    const { flow, client, authReqId } = run;
    // The acknowledgement is still on its way: the provider will repeat the notification.
    if (authReqId === undefined) return 503;
    if (body.auth_req_id !== authReqId) return 400;
    // A repeated notification changes nothing.
    if (flow.status !== 'waiting') return 204;
    const http = notificationText(body);
    addStep(flow, 'received', client.mode, { http });
    if (client.mode === 'ping') {
      run.nextPollAt = 0;
      changed(flow);
    } else if (body.error !== undefined) {
      receiveError(flow, body, http);
      end(run, endOf(body));
    } else {
      receiveTokens(run, body, { authReqId }, http).catch((error) => fail(run, error));
    }
    return 204;
  }

  return {
    send,
    notify,
    tick(now) {
      for (const run of runs) {
        if (run.flow.status !== 'waiting') continue;
        if (now >= run.deadline) fail(run, 'nothing more arrived in time');
        else if (now >= run.nextPollAt) poll(run).catch((error) => fail(run, error));
      }
    },
    flows: () => runs.map(({ flow }) => flow),
    busy: () => runs.some(({ flow }) => flow.status === 'waiting'),
    close() {
      for (const run of runs) fail(run, 'the simulator was closed');
    },
  };
}

/** How a flow without tokens ended, by the error that the client got (CIBA Core 1.0, sections 11 and 12). */
function endOf({ error }: Record<string, unknown>): FlowStatus {
  if (error === 'access_denied') return 'denied';
  return error === 'expired_token' ? 'expired' : 'refused';
}

function receiveError(flow: Flow, body: Record<string, unknown>, http: string, status?: number): void {
  const { text, explanation } = describeProviderError(body, status);
  addStep(flow, 'received', text, { http, ...(explanation && { explanation }) });
}
