import { ClientAuthMethod } from '../../authlete/types/common-types.js';
import type { AuthenticatedClient } from '../authentication/authenticate.js';
import { judgeAuthorizationDetails } from '../request/authorization-details.js';
import type { Form } from '../request/form.js';
import { ProtocolError } from '../request/protocol-error.js';
import { requestedScopes, scopeNames } from '../request/requested-scopes.js';
import type { Settings } from '../settings/settings.js';
import type { Grant } from '../state/grant.js';

/**
 * Judges a token request of the client credentials grant (RFC 6749, section 4.4): there is no user, so the client gets neither
 * an ID token nor a refresh token.
 *
 * @throws ProtocolError with the error for the client
 */
export function judgeClientCredentialsGrant(
  settings: Settings,
  { client, id }: AuthenticatedClient,
  form: Form,
): Grant {
  if (client.authMethod === ClientAuthMethod.NONE) {
    throw new ProtocolError('E073301', 'unauthorized_client', 'a public client has no credentials');
  }
  const details = form.values.get('authorization_details');
  const requested = scopeNames(requestedScopes(settings, client, form.values.get('scope') ?? ''));
  const scopes = requested.filter((name) => !ofUsers.includes(name));
  return {
    grantType: 'CLIENT_CREDENTIALS',
    size: scopes.join(' ').length + (details?.length ?? 0),
    client,
    clientId: id,
    subject: undefined,
    scopes,
    authorizationDetails: details === undefined ? undefined : judgeAuthorizationDetails(client, details),
    audienceAsArray: false,
    properties: [],
    accessTokenDuration: settings.accessTokenDuration,
    refreshTokenDuration: settings.refreshTokenDuration,
  };
}

const ofUsers = ['openid', 'offline_access'];
