import type { Actor } from '../authlete/actor.js';
import type { CheckedParameters } from './authorized-parameters.js';

type Bearers = Pick<CheckedParameters, 'jwtAtClaims' | 'properties'>;

const act = 'act';

/**
 * Makes every access token name the actor (RFC 8693, section 4.1). A JWT gets a claim `act`, and every token a property `act`,
 * which introspection gives to resource servers. The property is hidden from clients: in the answer of the token endpoint it
 * would be JSON text beside the tokens.
 *
 * The other members of the host's own `act` (a chain, a profile) are kept, but it cannot replace the actor that the user saw.
 */
export function withAct({ jwtAtClaims, properties = [] }: Bearers, actor: Actor | undefined): Bearers {
  if (actor === undefined) return {};
  const { sub, iss } = actor;
  const claim = { ...membersOf(jwtAtClaims?.[act]), sub, iss };
  return {
    jwtAtClaims: { ...jwtAtClaims, [act]: claim },
    properties: [
      ...properties.filter(({ key }) => key !== act),
      { key: act, value: JSON.stringify(claim), hidden: true },
    ],
  };
}

function membersOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
