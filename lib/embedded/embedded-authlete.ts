import type { CallOptions } from '../authlete/api.js';
import { backchannelAuthentication } from './api/backchannel-authentication.js';
import { complete } from './api/backchannel-authentication-complete.js';
import { fail } from './api/backchannel-authentication-fail.js';
import { issue } from './api/backchannel-authentication-issue.js';
import {
  clientRegistration,
  clientRegistrationDelete,
  clientRegistrationGet,
  clientRegistrationUpdate,
} from './api/client-registration.js';
import { providerMetadata } from './api/configuration.js';
import type { EmbeddedAuthlete } from './api/embedded-authlete-api.js';
import { getClient } from './api/get-client.js';
import { introspection } from './api/introspection.js';
import { revocation } from './api/revocation.js';
import { standardIntrospection } from './api/standard-introspection.js';
import { token } from './api/token.js';
import { tokenRevoke } from './api/token-revoke.js';
import { userinfo } from './api/userinfo.js';
import { userinfoIssue } from './api/userinfo-issue.js';
import { checkFapiKeys } from './client/fapi.js';
import { registerClients } from './client/registry.js';
import type { EmbeddedAuthleteOptions } from './settings/options.js';
import { readSettings } from './settings/settings.js';
import { loadSigningKeys } from './settings/signing-keys.js';
import { dpopNonces } from './state/dpop-nonces.js';
import type { Engine } from './state/engine.js';
import { expiringMap } from './state/expiring-map.js';
import { rememberTokens } from './state/tokens.js';
import { rememberTransactions } from './state/transactions.js';

/**
 * Creates an Authlete in the process's memory, for **development, tests and demonstrations**: its state is lost with
 * the process, and it is not for production. It judges requests by CIBA Core 1.0 and answers in the shape of
 * the Authlete Web API; its result codes begin with `E`, so that it is not mistaken for the real one.
 *
 * @throws TypeError naming the option that is wrong
 * @example
 * ```ts
 * const authlete = await embeddedAuthlete({
 *   issuer: 'https://as.example.com',
 *   clients: [{ client_id: 'teller', client_secret: 'secret', backchannel_token_delivery_mode: 'poll' }],
 * });
 * app.use('/backchannel/authentication', cibaBackchannel({ authlete, identifyUser }));
 * ```
 */
export async function embeddedAuthlete(options: EmbeddedAuthleteOptions): Promise<EmbeddedAuthlete> {
  const settings = readSettings(options);
  const keys = await loadSigningKeys(options.jwks);
  if (settings.fapi) checkFapiKeys(settings, keys);
  const engine: Engine = {
    settings,
    clients: registerClients(settings, options.clients, keys),
    registrations: new Map(),
    keys,
    transactions: rememberTransactions(settings),
    tokens: rememberTokens(settings),
    usedJwts: expiringMap(settings.maxPending, settings.now),
    dpopNonces: dpopNonces(settings.now),
  };
  const method =
    <Request, Response>(api: (engine: Engine, request: Request) => Promise<Response>) =>
    (request: Request, { signal }: CallOptions = {}) =>
      signal?.aborted ? Promise.reject(signal.reason) : api(engine, request);
  return {
    backchannelAuthentication: method(backchannelAuthentication),
    backchannelAuthenticationIssue: method(issue),
    backchannelAuthenticationFail: method(fail),
    backchannelAuthenticationComplete: method(complete),
    token: method(token),
    tokenRevoke: method(tokenRevoke),
    introspection: method(introspection),
    standardIntrospection: method(standardIntrospection),
    revocation: method(revocation),
    userinfo: method(userinfo),
    userinfoIssue: method(userinfoIssue),
    getClient: method(getClient),
    clientRegistration: method(clientRegistration),
    clientRegistrationGet: method(clientRegistrationGet),
    clientRegistrationUpdate: method(clientRegistrationUpdate),
    clientRegistrationDelete: method(clientRegistrationDelete),
    configuration: async () => providerMetadata(engine),
    jwks: async () => ({ keys: keys.map(({ publicJwk }) => ({ ...publicJwk })) }),
  };
}
