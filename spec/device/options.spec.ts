import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { authenticationDevice, memoryDeviceStore } from 'ciba-backchannel/device';
import { vapidKeys } from '../support/push-service.js';

const base = {
  origin: 'https://login.bank.example',
  rp: { id: 'bank.example', name: 'Example Bank' },
  user: () => null,
  stepUp: () => false,
  complete: async () => {},
};
const key = 'a key that is at least 32 bytes long';
const vapid = { subject: 'mailto:ops@bank.example', ...vapidKeys() };

const wrong: [string, unknown[]][] = [
  [
    'origin',
    [
      undefined,
      null,
      'login.bank.example',
      'http://login.bank.example',
      'https://login.bank.example/',
      'https://login.bank.example/device',
      'https://LOGIN.bank.example',
      'http://127.0.0.1:3000',
      new URL('https://login.bank.example'),
    ],
  ],
  ['path', ['', 'device', '/device', 'device/', '/de vice/', '/device/?a', '/device; Domain=x/', 7, null]],
  ['rp.id', [{ id: 'example', name: 'x' }, { id: '', name: 'x' }, { id: 'ank.example', name: 'x' }, { name: 'x' }]],
  ['rp.name', [{ id: 'bank.example' }, { id: 'bank.example', name: '' }]],
  ['keys', [[], 'a key that is at least 32 bytes long', ['short'], [7], null]],
  ['store', [null, {}, { insert() {} }, 'memory']],
  ['user', [undefined, null, {}]],
  ['stepUp', [undefined, true]],
  ['complete', [undefined, {}]],
  ['signIn', ['http://login.bank.example/', 'javascript:alert(1)', 'https://[', 7]],
  ['logo', ['https://elsewhere.example/logo.svg', 'data:image/png;base64,AAAA', 7]],
  [
    'accent',
    ['#2f54cf', { light: '#2f54cf' }, { light: 'blue', dark: '#93abff' }, { light: '#2f54cf', darc: '#93abff' }],
  ],
  ['report', [true]],
  ['onDecision', [{}]],
  ['decided', [{}, () => {}, null]],
  ['link', ['https://bank.example', null]],
  ['onApproval', [true]],
  ['onChange', [{}]],
  ['acr', ['urn:acr']],
  ['payment', [true]],
  [
    'push.subject',
    [
      { ...vapid, subject: 'ops@bank.example' },
      { ...vapid, subject: undefined },
    ],
  ],
  [
    'push.publicKey',
    [
      { ...vapid, publicKey: 'AAAA' },
      { ...vapid, publicKey: undefined },
    ],
  ],
  [
    'push.privateKey',
    [
      { ...vapid, privateKey: 'AAAA' },
      { ...vapid, privateKey: vapid.publicKey },
    ],
  ],
  ['push.publicKey', [{ ...vapid, publicKey: vapidKeys().publicKey }]],
  ['texts', [[], {}, null]],
  ['logger', [{}, 'console']],
];

describe('authenticationDevice()', () => {
  const cases = wrong.flatMap(([option, values]) =>
    values.map((value): [string, string, unknown] => [
      option,
      inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 0 }),
      value,
    ]),
  );

  it.each(cases)('throws a TypeError that names %s when it is wrong: %s', (option, _shown, value) => {
    const [name] = option.split('.') as [string];
    expect(() => authenticationDevice({ ...base, [name]: value } as never)).toThrow(TypeError);
    expect(() => authenticationDevice({ ...base, [name]: value } as never)).toThrow(new RegExp(`^${option}\\b`));
  });

  it.each([
    ['onApprove', 'authenticationDevice has no option `onApprove`: did you mean `onApproval`?'],
    ['stepup', 'did you mean `stepUp`?'],
  ])('refuses the option %s, which it does not know', (option, message) => {
    expect(() => authenticationDevice({ ...base, [option]: () => {} } as never)).toThrow(message);
  });

  it('refuses unknown members of rp and push', () => {
    expect(() => authenticationDevice({ ...base, rp: { ...base.rp, Id: 'x' } } as never)).toThrow(
      'rp has no option `Id`',
    );
    expect(() => authenticationDevice({ ...base, push: { ...vapid, key: 'x' } } as never)).toThrow(
      'push has no option',
    );
  });

  it('demands keys with a store that lasts, and not with the one in memory', async () => {
    const lasting = { ...memoryDeviceStore() };
    expect(() => authenticationDevice({ ...base, store: lasting })).toThrow(/^keys must be given/);
    await authenticationDevice({ ...base, store: lasting, keys: [key] }).close();
    await authenticationDevice({ ...base, store: memoryDeviceStore() }).close();
  });

  it.each([undefined, null, 'options', 7])('refuses %p instead of options', (options) => {
    expect(() => authenticationDevice(options as never)).toThrow(TypeError);
  });

  it('takes http://localhost, for development', async () => {
    const origin = 'http://localhost:3000';
    await authenticationDevice({ ...base, origin, rp: { id: 'localhost', name: 'x' } }).close();
  });
});
