import {
  type EmbeddedAuthlete,
  type EmbeddedAuthleteOptions,
  embeddedAuthlete as plainEmbeddedAuthlete,
} from '../../lib/embedded/index.js';
import { responses } from './authlete-description.js';

/*
 * Stands for `ciba-backchannel/embedded` in all specs: each answer of each engine is held against the description of
 * Authlete's API. Members that are `undefined` are not there on the wire.
 */

export * from '../../lib/embedded/index.js';

type Method = (request: never, options?: object) => Promise<object>;

export async function embeddedAuthlete(options: EmbeddedAuthleteOptions): Promise<EmbeddedAuthlete> {
  const authlete = await plainEmbeddedAuthlete(options);
  const described = Object.entries(responses).map(([name, description]) => {
    const call = authlete[name as keyof typeof responses] as Method;
    return [
      name,
      async (request: never, callOptions?: object) => {
        const response = await call(request, callOptions);
        description.parse(withoutUndefined(response));
        return response;
      },
    ];
  });
  return { ...authlete, ...Object.fromEntries(described) };
}

function withoutUndefined(response: object): object {
  return Object.fromEntries(Object.entries(response).filter(([, value]) => value !== undefined));
}
