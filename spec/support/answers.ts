import { expect } from '@jest/globals';
import type { RawAnswer } from './raw-client.js';

/** As supertest gives it, or as it came over the wire. */
type Received = RawAnswer | { status: number; headers: Record<string, string | string[]>; text: string };

/** What section 3 of the contract says of every answer; gives the parsed body. */
export function expectAnswer(received: Received, status: number): Record<string, unknown> {
  const { headers } = received;
  const text = 'text' in received ? received.text : received.body;
  expect({ status: received.status, text }).toEqual({ status, text: expect.stringMatching(/^\{.*\}$/s) });
  expect(headers['content-type']).toBe('application/json');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers.pragma).toBe('no-cache');
  expect(headers.etag).toBeUndefined();
  expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
  expect(text).not.toMatch(/ at .+:\d+:\d+|<html/i);
  return JSON.parse(text);
}

/** An error that the package found itself, and the headers that its status asks for. */
export function expectError(received: Received, status: number, error: string): void {
  const body = expectAnswer(received, status);
  expect(body).toEqual({ error, ...('error_description' in body && { error_description: expect.any(String) }) });
  // Supertest asks for a connection that is closed, so with it this says nothing.
  if ('x-door' in received.headers) expect(received.headers['x-door']).toBe('fetch; no Connection');
  else if ([408, 413].includes(status)) expect(received.headers.connection).toBe('close');
  else if (status !== 503 && 'body' in received && !('text' in received))
    expect(received.headers.connection).toBe('keep-alive');
  // Clients that poll go on where it is there, and nowhere else.
  if (status === 503) expect(Number(received.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  else expect(received.headers['retry-after']).toBeUndefined();
  expect(received.headers.allow).toBe(status === 405 ? 'POST' : undefined);
}
