import { afterEach } from '@jest/globals';
import { type AuthleteApi, type AuthleteClient, authleteClient } from 'ciba-backchannel';
import { authleteRouter } from 'ciba-backchannel/embedded';
import { serving } from './serving.js';

/** How a spec reaches an engine. */
export type Reach = (engine: AuthleteApi) => Promise<AuthleteApi>;

const clients = new Set<AuthleteClient>();

afterEach(async () => {
  for (const client of clients) await client.close();
  clients.clear();
});

const service = { serviceId: '715948317', accessToken: 'a-token' };
const oldService = { apiKey: '21653835348762', apiSecret: 'uE4NgqeIpuSV' };

/** In the process, and through `authleteClient` and `authleteRouter` by both of Authlete's HTTP APIs. */
export const reaches: [name: string, reach: Reach][] = [
  ['in the process', async (engine) => engine],
  ['by the HTTP API of Authlete 3.0', async (engine) => client({ baseUrl: await served(engine, service), ...service })],
  [
    'by the HTTP API of Authlete 2.x',
    async (engine) => client({ baseUrl: await served(engine, oldService), ...oldService }),
  ],
];

async function served(engine: AuthleteApi, options: Parameters<typeof authleteRouter>[1]): Promise<string> {
  const { port } = await serving(authleteRouter(engine, options));
  return `http://127.0.0.1:${port}`;
}

function client(config: Parameters<typeof authleteClient>[0]): AuthleteApi {
  const made = authleteClient(config);
  clients.add(made);
  return made;
}
