// Run as a process of its own, where nothing has loaded undici yet: calls and closes before that can be done, and prints
// what came of it.
import { authleteClient } from '../../lib/authlete/client/client.js';

const newClient = () => authleteClient({ baseUrl: process.argv[2] ?? '', serviceId: '1', accessToken: 'x' });
const request = { parameters: 'a=b' };
const outcomeOf = (call: Promise<object>) => call.catch(({ name, code, cause }) => [name, code, cause?.code]);

const client = newClient();
const calls = [
  client.token(request),
  client.token(request, { signal: AbortSignal.abort(new RangeError('not wanted')) }),
];
const closed = client.close();
calls.push(client.token(request));
const outcomes = await Promise.all(calls.map(outcomeOf));
await closed;
await newClient().close();
process.stdout.write(JSON.stringify(outcomes));
