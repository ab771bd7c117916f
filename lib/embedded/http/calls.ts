import type { EmbeddedAuthlete } from '../api/embedded-authlete-api.js';
import { patched } from './json-patch.js';

/** A call of the Authlete Web API. */
export interface Call {
  readonly verbs: readonly ('GET' | 'POST')[];
  readonly method: keyof EmbeddedAuthlete;
  /** @param parameters of the body, or of a GET's query */
  answer(api: EmbeddedAuthlete, parameters: Readonly<Record<string, unknown>>): Promise<object>;
}

/** A call whose body is the request of the method with this name. */
function post(method: keyof EmbeddedAuthlete): Call {
  return { verbs: ['POST'], method, answer: (api, parameters) => (api[method] as Handle)(parameters) };
}

type Handle = (request: object) => Promise<object>;

const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['/backchannel/authentication', post('backchannelAuthentication')],
  ['/backchannel/authentication/issue', post('backchannelAuthenticationIssue')],
  ['/backchannel/authentication/fail', post('backchannelAuthenticationFail')],
  ['/backchannel/authentication/complete', post('backchannelAuthenticationComplete')],
  ['/auth/token', post('token')],
  ['/auth/token/revoke', post('tokenRevoke')],
  ['/auth/introspection', post('introspection')],
  ['/auth/introspection/standard', post('standardIntrospection')],
  ['/auth/revocation', post('revocation')],
  ['/auth/userinfo', post('userinfo')],
  ['/auth/userinfo/issue', post('userinfoIssue')],
  ['/client/registration', post('clientRegistration')],
  ['/client/registration/get', post('clientRegistrationGet')],
  ['/client/registration/update', post('clientRegistrationUpdate')],
  ['/client/registration/delete', post('clientRegistrationDelete')],
  [
    '/service/configuration',
    {
      verbs: ['GET', 'POST'],
      method: 'configuration',
      answer: async (api, { patch }) => patched(await api.configuration(), patch),
    },
  ],
  ['/service/jwks/get', { verbs: ['GET'], method: 'jwks', answer: (api) => api.jwks() }],
]);

/** @param path what follows the service in the path of the URL */
export function findCall(path: string): Call | undefined {
  const [, id] = /^\/client\/get\/([^/]+)$/.exec(path) ?? [];
  if (id === undefined || id === 'list') return calls.get(path);
  return { verbs: ['GET'], method: 'getClient', answer: (api) => api.getClient(decoded(id)) };
}

/** Text that does not decode is not the id of any client. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** Methods that every API must have; the others are served if they exist. */
export const requiredMethods: readonly (keyof EmbeddedAuthlete)[] = [
  'backchannelAuthentication',
  'backchannelAuthenticationIssue',
  'backchannelAuthenticationFail',
  'backchannelAuthenticationComplete',
  'token',
  'introspection',
  'configuration',
  'jwks',
];
