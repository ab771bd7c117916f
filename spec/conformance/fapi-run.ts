import { type CibaEvent, decisionSignal, type LongPollingOptions, type ProviderMetadata } from 'ciba-backchannel';
import { Agent } from 'undici';
import { startFapiServer } from '../../examples/fapi/authorization-server.js';
import type { ClientsFile } from '../../examples/fapi/clients-file.js';
import { type ProfileName, profiles } from '../../examples/fapi/profile.js';
import { type KeyAndCertificate, makeSelfSigned } from '../../examples/fapi/self-signed.js';
import { makeSigningKeys } from '../../examples/fapi/signing-keys.js';
import { type Deferred, deferred } from '../support/deferred.js';
import { keyPair } from '../support/key-pairs.js';
import { oncePerProcess } from '../support/once-per-process.js';
import { kinds, staticKinds } from './clients.js';

/** Polls are answered at once, or held: as short as can be, since specs wait for it. */
export const holdings = [
  { holding: 'without holding polls', longPolling: undefined, kinds },
  { holding: 'holding polls', longPolling: { signal: decisionSignal(), hold: 1 }, kinds: staticKinds },
];

/** The example server, and what a spec has to know of it. */
export interface FapiRun {
  issuer: string;
  port: number;
  /** From the discovery document. */
  metadata: ProviderMetadata & Record<'token_endpoint' | 'backchannel_authentication_endpoint' | 'jwks_uri', string>;
  /** The `aud` of client assertions: FAPI 2.0 takes the issuer alone. */
  audience: string;
  /** The server's certificate. */
  ca: string;
  /** Seconds since the epoch, by the server's clock. */
  now(): number;
  /** Sets that clock forward. */
  advance(seconds: number): void;
  /** The next event of a type, from now on. */
  next<T extends CibaEvent['type']>(type: T): Promise<Extract<CibaEvent, { type: T }>>;
  /** Connections with a client certificate, or without one. */
  agent(certificate?: KeyAndCertificate): Agent;
  close(): Promise<void>;
}

/** What the example server presents, and its RSA key. */
export function serverCertificate(): Promise<KeyAndCertificate> {
  return oncePerProcess('the certificate of the FAPI server', async () =>
    makeSelfSigned('localhost', ['localhost'], await keyPair('RS256')),
  );
}

/** Starts the example server on a free port. */
export async function startRun(
  clientsFile: ClientsFile,
  profile: ProfileName = 'plain_fapi',
  longPolling?: LongPollingOptions,
  fapi?: '1.0' | '2.0',
): Promise<FapiRun> {
  const { idTokenAlgorithms } = profiles[profile];
  const [tls, signingKeys] = await Promise.all([
    serverCertificate(),
    oncePerProcess(`keys for ID tokens, ${idTokenAlgorithms}`, () => makeSigningKeys(idTokenAlgorithms)),
  ]);
  // It stands still unless a spec moves it, however slow the machine is.
  let time = Date.now();
  const waiting = new Map<string, Deferred<CibaEvent>>();
  const { issuer, close } = await startFapiServer({
    clientsFile,
    profile,
    fapi,
    tls,
    signingKeys,
    longPolling,
    clock: () => time,
    onEvent(event) {
      waiting.get(event.type)?.resolve(event);
      waiting.delete(event.type);
    },
  });

  const agents = new Map<KeyAndCertificate | undefined, Agent>();
  function agent(certificate?: KeyAndCertificate): Agent {
    const known = agents.get(certificate) ?? new Agent({ connect: { ca: tls.cert, ...certificate } });
    agents.set(certificate, known);
    return known;
  }

  const discovery = await agent().request({
    origin: issuer,
    path: '/.well-known/openid-configuration',
    method: 'GET',
  });
  const metadata = (await discovery.body.json()) as FapiRun['metadata'];
  return {
    issuer,
    port: Number(new URL(issuer).port),
    metadata,
    audience: fapi === '2.0' ? issuer : metadata.token_endpoint,
    ca: tls.cert,
    now: () => Math.floor(time / 1000),
    advance(seconds) {
      time += seconds * 1000;
    },
    next(type) {
      const next = waiting.get(type) ?? deferred<CibaEvent>();
      waiting.set(type, next);
      return next.promise as Promise<never>;
    },
    agent,
    async close() {
      await Promise.all([...agents.values()].map((each) => each.close()));
      await close();
    },
  };
}
