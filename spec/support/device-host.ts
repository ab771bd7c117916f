import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Actor, type Decision, transactionId } from 'ciba-backchannel';
import {
  type AuthenticationDevice,
  type AuthenticationDeviceOptions,
  authenticationDevice,
  type DeviceStore,
} from 'ciba-backchannel/device';
import { type SoftwareAuthenticator, softwareAuthenticator } from 'ciba-backchannel/device/testing';
import express from 'express';
import { afterwards } from './concurrently.js';
import { PhoneBrowser } from './phone.js';
import { type RecordingLogger, recordingLogger } from './recording-logger.js';

export const origin = 'https://login.bank.example';
export const rp = { id: 'bank.example', name: 'Example Bank' };
export const keys = ['a key that seals the rows of the device store'];

/** Says who is signed in with the host, and how well: `alice`, or `alice; stepped-up`. */
export const sessionHeader = 'x-session';

/** A server with the phone's page, and what it tells Authlete. */
export interface DeviceHost {
  port: number;
  phone: AuthenticationDevice;
  /** Decisions that `complete` took, by the handle. */
  completed: Map<string, Decision>;
  logger: RecordingLogger;
  /** A browser of a person, signed in with the host by default. */
  browser(options?: { user?: string; steppedUp?: boolean; authenticator?: SoftwareAuthenticator }): PhoneBrowser;
  /** Puts a request to the user; gives the transaction's id and the hook's answer. */
  ask(request?: Partial<AskedRequest>): Promise<{ id: string; handle: string; said: object }>;
  close(): Promise<void>;
}

export interface AskedRequest {
  subject: string;
  clientId: string;
  clientName: string;
  actor: Actor;
  bindingMessage: string;
  scopes: { name: string; description?: string }[];
  details: object[];
  /** Milliseconds. */
  lifetime: number;
  authReqId: string;
}

let asked = 0;

/** Starts a host that shares a store with others and nothing else, as processes do; it is closed when the spec ends. */
export async function startDeviceHost(
  store: DeviceStore,
  options: Partial<AuthenticationDeviceOptions> = {},
): Promise<DeviceHost> {
  const host = await deviceHost({ store, keys, ...options });
  let closed: Promise<void> | undefined;
  function close(): Promise<void> {
    closed ??= host.close();
    return closed;
  }
  afterwards(close);
  return { ...host, close };
}

export async function deviceHost(options: Partial<AuthenticationDeviceOptions> = {}): Promise<DeviceHost> {
  const completed = new Map<string, Decision>();
  const logger = recordingLogger();
  const phone = authenticationDevice({
    origin,
    rp,
    user(req) {
      const subject = sessionOf(req.headers[sessionHeader]);
      return subject && { subject, name: `${subject}@bank.example` };
    },
    stepUp: (req) => String(req.headers[sessionHeader]).endsWith('; stepped-up'),
    async complete(handle, decision) {
      completed.set(handle, decision);
    },
    logger,
    ...options,
  });
  const app = express();
  app.use('/device', phone);
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    port,
    phone,
    completed,
    logger,
    browser({ user = 'alice', steppedUp = true, authenticator: device = softwareAuthenticator({ origin }) } = {}) {
      const session = user === '' ? '' : `${user}${steppedUp ? '; stepped-up' : ''}`;
      return new PhoneBrowser({ port, origin, authenticator: device, headers: { [sessionHeader]: session } });
    },
    async ask(request = {}) {
      asked += 1;
      const { authReqId = `auth-req-id-${asked}-${Math.random()}`, subject = 'alice', lifetime = 120_000 } = request;
      const handle = `handle of ${authReqId}`;
      const { clientId = '1234567890', clientName = 'Web shop', bindingMessage = 'W4SCT', details = [] } = request;
      const said = await phone.authenticate({
        id: transactionId(authReqId),
        handle,
        subject,
        user: { subject },
        actor: request.actor,
        authReqId,
        expiresAt: new Date(Date.now() + lifetime),
        signal: new AbortController().signal,
        request: {
          clientId,
          clientName,
          bindingMessage,
          hint: subject,
          hintType: 'LOGIN_HINT',
          deliveryMode: 'POLL',
          scopes: request.scopes ?? [{ name: 'openid' }, { name: 'payments', description: 'Payments in your name' }],
          ...(details.length > 0 && { authorizationDetails: { elements: details.map(element) } }),
        },
      });
      return { id: transactionId(authReqId), handle, said };
    },
    async close() {
      await phone.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As Authlete gives it: what is particular to the type is JSON in a string. */
function element(detail: object) {
  const { type, ...others } = detail as { type: string };
  return { type, otherFields: JSON.stringify(others) };
}

function sessionOf(header: unknown): string | undefined {
  return String(header ?? '').split(';')[0] || undefined;
}
