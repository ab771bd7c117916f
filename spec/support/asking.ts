import type { CibaBackchannel } from 'ciba-backchannel';
import request from 'supertest';
import { serving } from './serving.js';

/** Sends one valid request to the endpoint. */
export async function ask(ciba: CibaBackchannel): Promise<request.Response> {
  const server = await serving(ciba);
  return request(server).post('/').send('scope=openid&login_hint=alice').type('form');
}
