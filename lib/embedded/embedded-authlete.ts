import type { AuthleteApi } from '../authlete/api.js';
import { backchannelAuthentication } from './backchannel-authentication.js';
import { complete } from './backchannel-authentication-complete.js';
import { fail } from './backchannel-authentication-fail.js';
import { issue } from './backchannel-authentication-issue.js';
import { registerClients } from './clients.js';
import type { Engine } from './engine.js';
import { introspection } from './introspection.js';
import { providerMetadata } from './metadata.js';
import { type EmbeddedAuthleteOptions, readSettings } from './options.js';
import { loadSigningKeys } from './signing-keys.js';
import { token } from './token-endpoint.js';
import { rememberTokens } from './tokens.js';
import { rememberTransactions } from './transactions.js';

/**
 * Makes an Authlete in the process's memory, for **development, tests and demonstrations**: what it knows is lost with
 * the process, and it is not meant for production. It judges requests as CIBA Core 1.0 says and answers in the shape of
 * the Authlete Web API; its result codes begin with `E`, so that nobody takes it for the real one.
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
export async function embeddedAuthlete(options: EmbeddedAuthleteOptions): Promise<AuthleteApi> {
  const settings = readSettings(options);
  const engine: Engine = {
    settings,
    clients: registerClients(options.clients),
    keys: await loadSigningKeys(options.jwks),
    transactions: rememberTransactions(settings),
    tokens: rememberTokens(settings),
  };
  return {
    backchannelAuthentication: (request) => backchannelAuthentication(engine, request),
    backchannelAuthenticationIssue: (request) => issue(engine, request),
    backchannelAuthenticationFail: (request) => fail(engine, request),
    backchannelAuthenticationComplete: (request) => complete(engine, request),
    token: (request) => token(engine, request),
    introspection: (request) => introspection(engine, request),
    configuration: async () => providerMetadata(engine),
    jwks: async () => ({ keys: engine.keys.map(({ publicJwk }) => ({ ...publicJwk })) }),
  };
}
