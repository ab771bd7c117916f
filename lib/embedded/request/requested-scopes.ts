import type { DynamicScope, Scope } from '../../authlete/types/common-types.js';
import { type Client, refreshGrantType } from '../client/client.js';
import type { Settings } from '../settings/settings.js';
import type { AcceptedRequest } from '../state/accepted-request.js';

/** The requested scopes that are registered for the service and the client; others are dropped, as in Authlete. */
export interface RequestedScopes {
  readonly scopes: Scope[];
  /** The parameterised ones, such as `consent:123` of a scope `consent`. */
  readonly dynamicScopes: DynamicScope[];
}

export function requestedScopes(settings: Settings, client: Client, requested: string): RequestedScopes {
  const scopes: Scope[] = [];
  const dynamicScopes: DynamicScope[] = [];
  for (const value of new Set(requested.split(' '))) {
    const scope = settings.scopes.get(value);
    if (scope !== undefined) {
      if (mayHave(client, value)) scopes.push(scope);
      continue;
    }
    const parameterised = settings.parameterisedScopes.find(({ pattern }) => pattern.test(value));
    if (parameterised !== undefined && mayHave(client, parameterised.name)) {
      dynamicScopes.push({ name: parameterised.name, value });
    }
  }
  return { scopes, dynamicScopes };
}

/** The names under which they are granted. */
export function scopeNames({ scopes, dynamicScopes }: Pick<AcceptedRequest, 'scopes' | 'dynamicScopes'>): string[] {
  return [...scopes.map(({ name }) => name), ...dynamicScopes.map(({ value }) => value)];
}

function mayHave(client: Client, scope: string): boolean {
  if (scope === 'offline_access' && !client.grantTypes.has(refreshGrantType)) return false;
  return client.scopes?.has(scope) ?? true;
}
