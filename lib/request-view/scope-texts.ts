import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import type { Scope } from '../authlete/types/common-types.js';
import { inLanguage } from './language.js';
import type { RequestTexts } from './texts.js';
import { lookUp } from './wording.js';

/** What the requested scopes allow; a scope without a description is shown by its name. */
export function scopeTexts(
  { scopes, dynamicScopes = [] }: Pick<AuthenticationRequest, 'scopes' | 'dynamicScopes'>,
  texts: RequestTexts,
): string[] {
  return [
    ...scopes.map(
      (scope) =>
        lookUp(texts.scopes, scope.name) ??
        description(scope, texts.language) ??
        lookUp(texts.standardScopes, scope.name) ??
        scope.name,
    ),
    ...dynamicScopes.map(({ name, value }) => dynamicScope(name, value, texts)),
  ];
}

function description({ description, descriptions }: Scope, language: string): string | undefined {
  const written = descriptions?.filter(({ value }) => value) ?? [];
  return inLanguage(language, written, ({ tag }) => tag)?.value || description || undefined;
}

/** The wording of the scope is followed by its parameter. */
function dynamicScope(name: string, value: string, texts: RequestTexts): string {
  const whole = lookUp(texts.scopes, value);
  const general = lookUp(texts.scopes, name);
  if (whole !== undefined || general === undefined) return whole ?? value;
  return `${general}: ${value.startsWith(`${name}:`) ? value.slice(name.length + 1) : value}`;
}
