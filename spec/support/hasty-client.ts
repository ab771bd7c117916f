// Run as a process of its own, where nothing has loaded undici yet: calls and closes before that can be done, and prints
// what came of it.
import { authleteClient } from '../../lib/authlete/client/client.js';
import { outboundAgent } from '../../lib/outbound/outbound-agent.js';

const baseUrl = process.argv[2] ?? '';
const newClient = (timeout?: number) => authleteClient({ baseUrl, serviceId: '1', accessToken: 'x', timeout });
const request = { parameters: 'a=b' };
const outcomeOf = (call: Promise<object>) => call.catch(({ name, code, cause }) => [name, code, cause?.code]);

const client = newClient();
const calls: Promise<object>[] = [
  client.token(request),
  client.token(request, { signal: AbortSignal.abort(new RangeError('not wanted')) }),
];
const closed = client.close();
calls.push(client.token(request));
// Their time is over before undici is loaded.
const timeout = 1;
const lateError = () => new RangeError('late');
const { post } = outboundAgent({ allow: () => true, timeout });
const { signal } = new AbortController();
calls.push(
  newClient(timeout).token(request),
  post(new URL(baseUrl), { headers: [], body: '', timeout, lateError, signal }),
);
const outcomes = await Promise.all(calls.map(outcomeOf));
await closed;
await newClient().close();
process.stdout.write(JSON.stringify(outcomes));
