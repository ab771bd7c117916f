import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { type DeviceHost, deviceHost, origin } from '../support/device-host.js';

const json = 'application/json';

describe("calls that the phone's page would not send", () => {
  let host: DeviceHost;

  beforeAll(async () => {
    host = await deviceHost();
  });
  afterAll(() => host.close());

  async function call(name: string, body: string, headers: Record<string, string> = {}, method = 'POST') {
    const response = await request(`http://127.0.0.1:${host.port}/device/api/${name}`, {
      method: method as 'POST',
      headers: { origin, 'content-type': json, ...headers },
      ...(method === 'POST' && { body }),
    });
    const answer = (await response.body.json()) as { error: string };
    return { status: response.statusCode, headers: response.headers, error: answer.error };
  }

  it.each<[string, number, string, Record<string, string>]>([
    ['of another origin', 403, 'foreign_origin', { origin: 'https://evil.example' }],
    ['of no origin', 403, 'foreign_origin', { origin: '' }],
    ['of an opaque origin', 403, 'foreign_origin', { origin: 'null' }],
    ['of the same host over http', 403, 'foreign_origin', { origin: 'http://login.bank.example' }],
    ['that a browser calls cross-site', 403, 'foreign_origin', { 'sec-fetch-site': 'cross-site' }],
    ['that a browser calls same-site', 403, 'foreign_origin', { 'sec-fetch-site': 'same-site' }],
    ['that a form could send', 415, 'invalid_request', { 'content-type': 'text/plain' }],
  ])('%s are refused, whatever they ask', async (_, status, error, headers) => {
    for (const name of ['state', 'deny']) {
      const answer = await call(name, '{}', headers);
      expect([answer.status, answer.error]).toEqual([status, error]);
    }
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('latin1')],
    ['depth without end', '['.repeat(20_000)],
  ])('with %s as their body get 400', async (_, body) => {
    expect(await call('deny', body)).toMatchObject({ status: 400, error: 'invalid_request' });
  });

  it('that are too large get 413, and the connection ends', async () => {
    const answer = await call('deny', JSON.stringify({ id: 'x'.repeat(70_000) }));
    expect(answer).toMatchObject({ status: 413, error: 'invalid_request' });
    expect(answer.headers.connection).toBe('close');
  });

  it.each([{}, { id: 1 }, { id: '' }, { id: 'x'.repeat(65) }, { id: null }, { id: { toString: 1 } }])(
    'with the member %j are refused without an error in the log',
    async (body) => {
      const answer = await call('deny', JSON.stringify(body));
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(host.logger.entries.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );

  it('with another method get 405, and change nothing', async () => {
    const answer = await call('deny', '', {}, 'GET');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
  });

  it('with another name get 404', async () => {
    expect(await call('no-such-call', '{}')).toMatchObject({ status: 404 });
  });
});
