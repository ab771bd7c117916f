import { afterEach, describe, expect, it } from '@jest/globals';
import { type SimulatorOptions, simulator } from 'ciba-backchannel/simulator';

const client = { client_id: 'teller', client_secret: 'a-secret' };
const issuer = 'http://localhost:3000';

describe('where NODE_ENV is production', () => {
  const before = process.env.NODE_ENV;

  afterEach(() => {
    process.env.NODE_ENV = before;
  });

  it('the simulator does not start', () => {
    process.env.NODE_ENV = 'production';
    expect(() => simulator()).toThrow(/allowInProduction/);
    expect(() => simulator({ allowInProduction: false })).toThrow(/allowInProduction/);
  });

  it('the simulator starts when it is told to', () => {
    process.env.NODE_ENV = 'production';
    simulator({ allowInProduction: true }).close();
  });
});

describe('a TypeError names the option', () => {
  it.each<[string, object | null, RegExp]>([
    ['no object', null, /options/],
    ['clients that are no array', { clients: {} }, /clients/],
    ['clients without an issuer', { clients: [client] }, /issuer/],
    ['an issuer that is no URL', { issuer: 'as.example.com' }, /issuer/],
    ['an endpoint that is no URL', { endpoints: { token_endpoint: '/token' } }, /endpoints\.token_endpoint/],
    ['a client without an id', { issuer, clients: [{ client_secret: 'b' }] }, /clients\[0\]\.client_id/],
    ['a client without a secret', { issuer, clients: [client, { client_id: 'a' }] }, /clients\[1\]\.client_secret/],
    [
      'an unknown mode',
      { issuer, clients: [{ ...client, backchannel_token_delivery_mode: 'pull' }] },
      /clients\[0\]\.backchannel_token_delivery_mode/,
    ],
    [
      'an authentication method that it does not know',
      { issuer, clients: [{ ...client, token_endpoint_auth_method: 'private_key_jwt' }] },
      /clients\[0\]\.token_endpoint_auth_method/,
    ],
    ['login hints that are no strings', { loginHints: [1] }, /loginHints/],
    ['allowed hosts that are no array', { allowedHosts: 'a.example' }, /allowedHosts/],
    ['an allowed host with a port', { allowedHosts: ['a.example', 'a.example:81'] }, /allowedHosts\[1\]/],
    ['an allowed host that is a URL', { allowedHosts: ['https://a.example'] }, /allowedHosts\[0\]/],
    ['an unknown option', { loginHint: ['alice'] }, /loginHint.*did you mean `loginHints`/],
    ['an unknown endpoint', { endpoints: { tokenEndpoint: 'https://a.example' } }, /endpoints.*token_endpoint/],
    ['a permission that is no boolean', { allowInProduction: 'yes' }, /allowInProduction/],
  ])('%s', (_, options, message) => {
    expect(() => simulator(options as SimulatorOptions)).toThrow(message);
    expect(() => simulator(options as SimulatorOptions)).toThrow(expect.objectContaining({ name: 'TypeError' }));
  });

  it('a TypeError of the simulator never tells a secret', () => {
    const clients = [{ client_id: 'a', client_secret: 'very-secret', scope: 5 }];
    expect(() => simulator({ issuer, clients } as unknown as SimulatorOptions)).toThrow(/^(?!.*very-secret)/);
  });
});
