// Run as a process of its own with NODE_TLS_REJECT_UNAUTHORIZED=0, since jest keeps `process.env` to itself: calls an
// Authlete with a certificate that nobody vouches for, and prints what came of it.
import { authleteClient } from 'ciba-backchannel';

const client = authleteClient({ baseUrl: `https://127.0.0.1:${process.argv[2]}`, serviceId: '1', accessToken: 'x' });
const error = await client.token({ parameters: 'a=b' }).then(
  () => ({}),
  ({ code, cause }) => ({ code, cause: cause?.code }),
);
await client.close();
process.stdout.write(JSON.stringify(error));
