import type { Reply } from './stub-authlete.js';

const fails = (error: unknown) => () => Promise.reject(error);

/** What an upstream gives when it is broken: each is a `server_error` for the client, whichever API it is. */
export const badAnswers: [string, Reply][] = [
  ['cannot be reached', fails(new Error('connect ECONNREFUSED'))],
  ['rejects with null', fails(null)],
  ['rejects with a text', fails('down')],
  ['answers nothing', undefined],
  ['answers null', null],
  ['answers a text', '<html>Bad gateway</html>'],
  ['answers an array', [{ action: 'OK', responseContent: '{}' }]],
  ['answers a number', () => 7],
  ['answers without an action', { responseContent: '{}' }],
  ['answers with an action that is null', { action: null, responseContent: '{}' }],
  ['answers with an unknown action', { action: 'DANCE', responseContent: '{}' }],
  ['answers with the name of an inherited property', { action: 'constructor', responseContent: '{}' }],
];

/** Content that is missing where one is due. */
export const missingContents: [string, object][] = [
  ['none', {}],
  ['null', { responseContent: null }],
  ['an object', { responseContent: { error: 'x' } }],
  ['an empty text', { responseContent: '' }],
  ['text that is no JSON', { responseContent: '<html>' }],
  ['JSON that is an array', { responseContent: '[{}]' }],
  ['JSON that is null', { responseContent: 'null' }],
];
