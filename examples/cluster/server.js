/*
 * One process of the provider. run.js starts two of them, and kills one.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { authleteClient, authorized, cibaBackchannel } from 'ciba-backchannel';
import { postgresQueue } from 'ciba-backchannel/postgres';
import pg from 'pg';

const { database, authlete, handleKey, callback } = JSON.parse(process.argv[2]);

const pool = new pg.Pool({ connectionString: database });

const ciba = cibaBackchannel({
  authlete: authleteClient(authlete),
  handleKeys: [handleKey],
  // 20 s by default. A shorter lease is renewed more often, and lets another process take over sooner.
  queue: postgresQueue(pool, { lease: 3000 }),
  identifyUser: ({ hint }) => ({ subject: hint }),
  async authenticate() {
    process.send({ step: 'asks alice on her phone' });
    await sleep(1000);
    process.send({ step: 'has her approval: tells Authlete, and begins to deliver the tokens' });
    return authorized();
  },
  // The client's endpoint is on loopback and has no TLS, which would be refused without this line.
  notifications: { allow: (url) => url.href === callback },
  onEvent: (event) => process.send({ event }),
});

const server = createServer(ciba);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
