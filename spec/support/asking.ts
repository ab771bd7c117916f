import type { RequestListener } from 'node:http';
import request from 'supertest';
import { serving } from './serving.js';

/** Sends one valid request to the endpoint. */
export async function ask(endpoint: RequestListener): Promise<request.Response> {
  const server = await serving(endpoint);
  return request(server).post('/').send('scope=openid&login_hint=alice').type('form');
}
