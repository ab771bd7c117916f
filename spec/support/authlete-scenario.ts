import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authleteRouter, type EmbeddedAuthlete, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { type AuthleteClients, type AuthMethod, authMethods, makeAuthleteClients } from './authlete-clients.js';
import {
  type AuthleteLibrary,
  type LibraryCall,
  type LibraryResponse,
  libraryCalls,
  type Service,
} from './authlete-library.js';

const issuer = 'https://as.example.com';
const cibaGrantType = 'urn:openid:params:grant-type:ciba';
const details = [{ type: 'payment', actions: ['pay'], instructedAmount: { amount: '89.90', currency: 'EUR' } }];

/** How a client authenticated in a call, or `-` where none does. */
export type Served = Map<LibraryCall, Set<AuthMethod | '-'>>;

export interface LibraryUnderTest {
  name: string;
  /** Sets the library up. */
  start: (service: Service) => AuthleteLibrary;
  /** Calls that this version of the library does not have. */
  lacks?: readonly LibraryCall[];
  /** Members of responses that this version does not know, and drops. */
  drops?: readonly string[];
}

/**
 * Has a library of Authlete's call the engine: every call that the router serves, with every client authentication.
 *
 * @param served gets each call that the library was satisfied with
 */
export function describeLibrary(
  { name, start, lacks = [], drops = [] }: LibraryUnderTest,
  served: Served = new Map(),
): void {
  describe(`${name} works against the engine unchanged`, () => {
    let clients: AuthleteClients;
    let engine: EmbeddedAuthlete;
    let server: Server;
    let service: Service;
    let library: AuthleteLibrary;

    beforeAll(async () => {
      clients = await makeAuthleteClients(issuer);
      engine = await embeddedAuthlete({
        issuer,
        clients: clients.metadata,
        trustAnchors: clients.trustAnchors,
        acrs: ['loa2'],
        scopes: [
          'email',
          'offline_access',
          {
            name: 'payments',
            descriptions: [{ tag: 'en', value: 'Payments' }],
            attributes: [{ key: 'a', value: 'b' }],
          },
          { name: 'dpv', attributes: [{ key: 'regex', value: 'dpv:.+' }] },
        ],
        serviceAttributes: [{ key: 'region', value: 'eu' }],
        warnings: true,
      });
      service = {
        baseUrl: '',
        serviceId: '715948317',
        accessToken: 'a-token',
        apiKey: '1652951',
        apiSecret: 'a-secret',
      };
      const three = authleteRouter(engine, { serviceId: service.serviceId, accessToken: service.accessToken });
      const two = authleteRouter(engine, { apiKey: service.apiKey, apiSecret: service.apiSecret });
      server = createServer((req, res) => three(req, res, () => two(req, res)));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      service.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      library = await start(service);
    }, 60_000);

    afterAll(async () => {
      await library?.close();
      server?.closeAllConnections();
      server?.close();
    });

    const known = (members: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(members).filter(([member]) => !drops.includes(member)));

    async function call(name: LibraryCall, request?: object | string, method: AuthMethod | '-' = '-') {
      const response = await library.call(name, request);
      served.set(name, (served.get(name) ?? new Set()).add(method));
      return response;
    }

    /** A call that passes on what a client sent. */
    async function clientCall(name: LibraryCall, method: AuthMethod, form: Record<string, string>) {
      const presented = await clients.credentials(method);
      const parameters = new URLSearchParams({ ...form, ...presented.form }).toString();
      return call(name, { ...presented.call, parameters }, method);
    }

    const request = {
      scope: 'openid email offline_access payments dpv:Fraud fax',
      login_hint: 'alice',
      acr_values: 'loa2',
      binding_message: 'W4SCT',
      authorization_details: JSON.stringify(details),
      resource: 'https://rs.example.com',
    };

    async function approved(method: AuthMethod): Promise<LibraryResponse> {
      const { ticket } = await clientCall('backchannelAuthentication', method, request);
      const { authReqId } = await call('backchannelAuthenticationIssue', { ticket });
      const claims = JSON.stringify({ email: 'alice@example.com' });
      const decision = { ticket, result: 'AUTHORIZED', subject: 'alice', acr: 'loa2', authTime: 1_700_000_000, claims };
      const properties = [{ key: 'a', value: '1', hidden: false }];
      const completed = await call('backchannelAuthenticationComplete', { ...decision, properties });
      expect(completed).toMatchObject({ action: 'NO_ACTION', deliveryMode: 'POLL', clientName: `By ${method}` });
      return clientCall('token', method, { grant_type: cibaGrantType, auth_req_id: authReqId });
    }

    describe.each(authMethods)('for a client of %s:', (method) => {
      it('a request is judged', async () => {
        const judged = await clientCall('backchannelAuthentication', method, request);
        const expected = known({
          action: 'USER_IDENTIFICATION',
          clientIdAlias: method,
          clientIdAliasUsed: true,
          clientAuthMethod: method.toUpperCase(),
          clientAttributes: [{ key: 'method', value: method }],
          serviceAttributes: [{ key: 'region', value: 'eu' }],
          hintType: 'LOGIN_HINT',
          hint: 'alice',
          bindingMessage: 'W4SCT',
          dynamicScopes: [{ name: 'dpv', value: 'dpv:Fraud' }],
          warnings: [expect.stringContaining('fax')],
        });
        expect(judged).toMatchObject(expected);
      });

      it('tokens are given, refreshed and revoked', async () => {
        const tokens = await approved(method);
        expect(tokens).toMatchObject({ action: 'OK', subject: 'alice', grantType: 'CIBA' });
        const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken };
        const refreshed = await clientCall('token', method, refresh);
        expect(refreshed).toMatchObject({ action: 'OK', grantType: 'REFRESH_TOKEN' });
        expect(await clientCall('revocation', method, { token: refreshed.refreshToken })).toMatchObject({
          action: 'OK',
        });
        const introspected = await call('introspection', { token: refreshed.accessToken });
        expect(introspected).toMatchObject({ action: 'UNAUTHORIZED', usable: false });
      });

      it('a wrong credential is refused', async () => {
        const parameters = new URLSearchParams({ ...request, client_id: method }).toString();
        expect(await library.call('backchannelAuthentication', { parameters })).toMatchObject({
          action: 'UNAUTHORIZED',
        });
        const form = `grant_type=${cibaGrantType}&auth_req_id=x&client_id=${method}`;
        expect(await library.call('token', { parameters: form })).toMatchObject({ action: 'INVALID_CLIENT' });
      });
    });

    it('a request is refused', async () => {
      const { ticket } = await clientCall('backchannelAuthentication', 'client_secret_basic', request);
      const failed = await call('backchannelAuthenticationFail', {
        ticket,
        reason: 'ACCESS_DENIED',
        errorDescription: 'No.',
      });
      expect(failed.action).toBe('FORBIDDEN');
      expect(JSON.parse(failed.responseContent)).toEqual({ error: 'access_denied', error_description: 'No.' });
      const again = await library.call('backchannelAuthenticationIssue', { ticket });
      expect(again).toMatchObject({ action: 'INVALID_TICKET' });
    });

    it('an access token is introspected, shown to the userinfo endpoint, and revoked', async () => {
      const { accessToken: token } = await approved('client_secret_basic');
      const introspected = await call('introspection', { token, scopes: ['payments'] });
      const expected = { action: 'OK', subject: 'alice', grantType: 'CIBA', acr: 'loa2', authTime: 1_700_000_000 };
      expect(introspected).toMatchObject(known({ ...expected, sufficient: true }));
      const standard = await call('standardIntrospection', { parameters: `token=${token}` });
      expect(JSON.parse(standard.responseContent)).toMatchObject({
        active: true,
        sub: 'alice',
        authorization_details: details,
      });
      expect(await call('userinfo', { token })).toMatchObject({ action: 'OK', claims: ['email', 'email_verified'] });
      const issued = await call('userinfoIssue', { token, claims: '{"email":"alice@example.com"}' });
      expect(issued.action).toBe('JSON');
      expect(JSON.parse(issued.responseContent)).toEqual({ sub: 'alice', email: 'alice@example.com' });
      if (lacks.includes('tokenRevoke')) return;
      expect(await call('tokenRevoke', { accessTokenIdentifier: token })).toMatchObject({ count: 1 });
      expect(await call('introspection', { token })).toMatchObject({ action: 'UNAUTHORIZED', existent: false });
      expect(await call('userinfo', { token })).toMatchObject({ action: 'UNAUTHORIZED' });
    });

    it('the service and its clients are described', async () => {
      const configuration = await call('getServiceConfiguration');
      expect(asObject(configuration)).toMatchObject(configuration && name.includes('TypeScript') ? {} : { issuer });
      expect(asObject(await call('getServiceJwks'))).toMatchObject({ keys: [{ kty: 'EC' }] });
      const { clientId } = await engine.getClient('private_key_jwt');
      const described = await call('getClient', clientId);
      expect(described).toMatchObject({ clientIdAlias: 'private_key_jwt', tokenAuthMethod: 'PRIVATE_KEY_JWT' });
      expect(String(described.clientId)).toBe(clientId);
    });

    if (lacks.length > 0) {
      it.each(lacks)('it has no %s', async (missing) => {
        await expect(library.call(missing, {})).rejects.toMatchObject({ status: undefined });
      });
    }

    it('wrong credentials of the service are an error of the library, with its status', async () => {
      const wrong = await start({ ...service, accessToken: 'wrong', apiSecret: 'wrong' });
      await expect(wrong.call('introspection', { token: 'x' })).rejects.toMatchObject({ status: 401 });
      await wrong.close();
    });
  });
}

/** Some libraries give documents as text. */
function asObject(document: unknown): object {
  return typeof document === 'string' ? JSON.parse(document) : (document as object);
}

/** Which call was served, by how many ways of client authentication. */
export function cellOf(served: Served, call: LibraryCall, { lacks = [] }: LibraryUnderTest): string {
  if (lacks.includes(call)) return 'not in this version';
  const methods = served.get(call);
  if (methods === undefined) return 'no';
  return methods.has('-') ? 'yes' : `${methods.size} of ${authMethods.length}`;
}

export { libraryCalls };
