import { describe, expect, it } from '@jest/globals';
import { expectAnswer, expectError } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { controlDeadlines, letTimePass } from '../support/deadline.js';
import { deferred } from '../support/deferred.js';
import { endpoints, judging } from '../support/endpoints.js';
import { rawClient, rawPost } from '../support/raw-client.js';
import { serving } from '../support/serving.js';

const timeout = 5000;

controlDeadlines();

describe.each(endpoints)('%s', (_, endpoint) => {
  it('hears at most 1,000 calls past their deadline, and answers 503 until some have ended', async () => {
    const late = deferred();
    const { authlete, middleware } = judging(endpoint, { timeout }, async () => {
      await late.promise;
      return { action: 'BAD_REQUEST', responseContent: '{}' };
    });
    const { port } = await serving(middleware);
    const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(port)));
    for (let count = 0; count < 1000; count += clients.length) {
      for (const client of clients) client.write(rawPost('scope=openid'));
      while (authlete.calls.length < count + clients.length) await new Promise(setImmediate);
      letTimePass(timeout);
      for (const client of clients) expect((await client.answer()).status).toBe(503);
    }
    const [client] = clients as [(typeof clients)[0]];
    client.write(rawPost('scope=openid'));
    expectError(await client.answer(), 503, 'server_error');
    expect(authlete.calls).toHaveLength(1000);

    late.resolve();
    await new Promise(setImmediate);
    expectAnswer(await ask(middleware), 400);
  });
});
