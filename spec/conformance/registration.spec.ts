import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type FapiRun, startRun } from './fapi-run.js';
import { type Answer, send } from './messages.js';

describe('the registration endpoint of the example', () => {
  let run: FapiRun;
  beforeAll(async () => {
    run = await startRun({ clients: [], initial_access_token: 'initial' });
  }, 60_000);
  afterAll(() => run?.close());

  function register(json: object, token = 'initial'): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}` };
    return send(run, String(run.metadata.registration_endpoint), { method: 'POST', headers, json });
  }

  it('asks for the initial access token', async () => {
    const { status, headers, body } = await register({}, 'guessed');
    expect([status, body.error]).toEqual([401, 'invalid_token']);
    expect(headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  });

  it('answers metadata that are too long in JSON', async () => {
    const { status, body } = await register({ client_name: 'x'.repeat(65_536) });
    expect([status, body.error]).toEqual([413, 'invalid_client_metadata']);
  });

  it('bears four plans of the suite within a minute, and refuses what is more than twice that', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const answers: number[] = [];
        while (answers.length < 125) answers.push((await register({}, 'guessed')).status);
        return answers;
      }),
    );
    expect(statuses.flat().filter((status) => status === 401).length).toBeGreaterThan(600);
    const { status, headers } = await register({});
    expect([status, headers['retry-after']]).toEqual([429, '60']);
  }, 60_000);
});
