import { TokenAction, type TokenResponse } from '../../authlete/types/token.js';
import type { AuthenticatedClient } from '../authentication/authenticate.js';
import { clientFields, jwtBearerGrantType, passwordGrantType, tokenExchangeGrantType } from '../client/client.js';
import { authorizationDetailsForApi, judgeAuthorizationDetails } from '../request/authorization-details.js';
import type { Form } from '../request/form.js';
import { result } from '../request/protocol-error.js';
import { requestedScopes, scopeNames } from '../request/requested-scopes.js';
import { judgeResources } from '../request/resources.js';
import type { Engine } from '../state/engine.js';
import { judgeJwtBearerGrant, judgePasswordGrant, judgeTokenExchange } from '../tokens/host-grants.js';

type Judge = (engine: Engine, form: Form) => Partial<TokenResponse> | Promise<Partial<TokenResponse>>;

/** Grants whose tokens the server makes itself: these answers go to `otherGrant` of `cibaToken`. */
const judges: ReadonlyMap<string, readonly [TokenAction, Judge]> = new Map<string, readonly [TokenAction, Judge]>([
  [passwordGrantType, [TokenAction.PASSWORD, (_engine, form) => judgePasswordGrant(form)]],
  [jwtBearerGrantType, [TokenAction.JWT_BEARER, judgeJwtBearerGrant]],
  [tokenExchangeGrantType, [TokenAction.TOKEN_EXCHANGE, judgeTokenExchange]],
]);

/** Judges such a grant; `undefined` for any other grant type. */
export function hostGrant(grantType: string) {
  const [action, judge] = judges.get(grantType) ?? [];
  if (action === undefined || judge === undefined) return undefined;
  return async (engine: Engine, { client, id }: AuthenticatedClient, form: Form): Promise<TokenResponse> => {
    const told = await judge(engine, form);
    const scopes = scopeNames(requestedScopes(engine.settings, client, form.values.get('scope') ?? ''));
    const details = form.values.get('authorization_details');
    return {
      ...result('E074001', 'The token request is valid. The server must make the tokens.'),
      action,
      ...clientFields(engine.settings, client, id),
      clientAuthMethod: client.authMethod,
      grantType: action,
      ...(scopes.length > 0 && { scopes }),
      ...(form.resources.length > 0 && { resources: judgeResources(engine.settings, form.resources) }),
      ...(details !== undefined && {
        authorizationDetails: authorizationDetailsForApi(judgeAuthorizationDetails(client, details)),
      }),
      ...told,
    };
  };
}
