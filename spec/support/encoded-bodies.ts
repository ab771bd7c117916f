// Run as a process of its own, with a loader hook such as tsx and OpenTelemetry have, so that each body ends before
// body-parser is loaded. Prints the answers.
import { register } from 'node:module';
import { gzipSync } from 'node:zlib';
import { cibaToken } from '../../lib/token/middleware.js';

register('data:text/javascript,export const resolve = (specifier, context, next) => next(specifier, context);');

const token = cibaToken({
  authlete: { token: async ({ parameters }) => ({ action: 'OK', responseContent: JSON.stringify({ parameters }) }) },
});
const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' };
const bodies = ['grant_type=x', 'x'.repeat(100_000), ''].map((form) => gzipSync(form));
const answers = bodies.map(async (body) => {
  const answer = await token.fetch(new Request('https://as.example.com/token', { method: 'POST', headers, body }));
  return [answer.status, await answer.json()];
});
process.stdout.write(JSON.stringify(await Promise.all(answers)));
