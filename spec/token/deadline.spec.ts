import { describe, expect, it } from '@jest/globals';
import { cibaToken } from 'ciba-backchannel';
import request from 'supertest';
import { expectError } from '../support/answers.js';
import { controlDeadlines, letTimePass } from '../support/deadline.js';
import { deferred, never } from '../support/deferred.js';
import { serving } from '../support/serving.js';
import { stubAuthlete } from '../support/stub-authlete.js';

const timeout = 5000;
const late = { name: 'TimeoutError', interruption: 'deadline' };

controlDeadlines();

const send = async (token: ReturnType<typeof cibaToken>) =>
  request(await serving(token))
    .post('/')
    .send('grant_type=password');

describe('at the deadline the token endpoint answers server_error', () => {
  it('the token endpoint waits for the call no longer', async () => {
    const authlete = stubAuthlete({ token: () => never });
    const answer = send(cibaToken({ authlete, timeout, logger: false }));
    await authlete.called('token');
    letTimePass(timeout);
    expectError(await answer, 503, 'server_error');
  });

  it('otherGrant is aborted', async () => {
    const authlete = stubAuthlete({ token: { action: 'PASSWORD' } });
    const running = deferred<AbortSignal>();
    const answer = send(
      cibaToken({
        authlete,
        timeout,
        otherGrant: (_, { signal }) => {
          running.resolve(signal);
          return never;
        },
      }),
    );
    const signal = await running.promise;
    letTimePass(timeout);
    expect(signal.reason).toMatchObject(late);
    expectError(await answer, 500, 'server_error');
  });
});
