// The rooms of lib/ and the arrows between them: `npm run structure`. CONTRIBUTING.md draws them.

/** Each room, and the rooms that it may import from, types included. Every arrow points down the list. */
const rooms = {
  cli: ['embedded'],
  opentelemetry: ['time', 'telemetry', 'options'],
  postgres: ['stores', 'jobs', 'signal', 'seal', 'time', 'telemetry', 'options'],
  device: [
    'backchannel',
    'completion',
    'notification',
    'routers',
    'endpoint',
    'outbound',
    'authlete',
    'request-view',
    'stores',
    'seal',
    'signal',
    'time',
    'telemetry',
    'options',
  ],
  client: [
    'stores',
    'endpoint',
    'outbound',
    'jwt',
    'authlete',
    'json',
    'seal',
    'signal',
    'time',
    'telemetry',
    'options',
  ],
  resource: ['endpoint', 'authlete', 'json', 'time', 'telemetry', 'options'],
  simulator: [
    'backchannel',
    'completion',
    'routers',
    'endpoint',
    'authlete',
    'request-view',
    'time',
    'telemetry',
    'options',
  ],
  embedded: ['routers', 'endpoint', 'jwt', 'outbound', 'authlete', 'json', 'time', 'telemetry', 'options'],
  policies: ['hints', 'backchannel', 'request-view', 'authlete', 'json', 'telemetry', 'options'],
  hints: ['backchannel', 'jwt', 'outbound', 'authlete', 'json', 'options'],
  backchannel: [
    'request-view',
    'completion',
    'jobs',
    'notification',
    'endpoint',
    'authlete',
    'json',
    'signal',
    'seal',
    'time',
    'telemetry',
    'options',
  ],
  discovery: ['endpoint', 'authlete', 'time', 'telemetry', 'options'],
  revocation: ['endpoint', 'authlete', 'time', 'telemetry', 'options'],
  token: ['endpoint', 'authlete', 'signal', 'time', 'telemetry', 'options'],
  completion: ['jobs', 'notification', 'authlete', 'signal', 'seal', 'time', 'telemetry', 'options'],
  jobs: ['notification', 'authlete', 'signal', 'seal', 'time', 'telemetry', 'options'],
  notification: ['outbound', 'authlete', 'time', 'telemetry', 'options'],
  routers: ['endpoint'],
  endpoint: ['authlete', 'json', 'time', 'telemetry', 'options'],
  authlete: ['outbound', 'json', 'time', 'telemetry', 'options'],
  jwt: ['outbound', 'time', 'telemetry', 'options'],
  outbound: ['time', 'telemetry', 'options'],
  'request-view': ['authlete', 'json'],
  signal: ['time', 'telemetry', 'options'],
  stores: ['seal', 'time', 'telemetry', 'options'],
  seal: ['options'],
  json: [],
  time: ['telemetry', 'options'],
  telemetry: ['options'],
  options: [],
};

/** The rooms inside `embedded`, from top to bottom: each may import from all below it, and from no room above. */
const embedded = ['http', 'api', 'tokens', 'authentication', 'request', 'state', 'client', 'settings'];

/** The rooms inside `device`, likewise. */
const device = ['testing', 'http', 'requests', 'passkeys', 'pushes', 'store', 'settings', 'page'];

/** What has an entry of its own in `exports`, so that who does not use it does not load it. */
const optional = [
  'embedded',
  'simulator',
  'device',
  'client',
  'resource',
  'postgres',
  'opentelemetry',
  'hints',
  'policies',
];

const either = (names) => `(?:${names.join('|')})`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(rooms).map(([room, below]) => ({
      name: `arrows-of-${room}`,
      severity: 'error',
      from: { path: `^lib/${room}/` },
      to: { path: '^lib/', pathNot: `^lib/${either([room, ...below])}/` },
    })),
    ...embedded.map((room, i) => ({
      name: `arrows-of-embedded-${room}`,
      severity: 'error',
      from: { path: `^lib/embedded/${room}/` },
      to: {
        path: `^lib/embedded/${either(embedded.slice(0, i).concat('index\\.ts', 'embedded-authlete\\.ts'))}`,
      },
    })),
    ...device.map((room, i) => ({
      name: `arrows-of-device-${room}`,
      severity: 'error',
      from: { path: `^lib/device/${room}/` },
      to: { path: `^lib/device/${either(device.slice(0, i).concat('index\\.ts', 'authentication-device\\.ts'))}` },
    })),
    {
      name: 'main-entry-without-optional-rooms',
      severity: 'error',
      from: { path: '^lib/index\\.ts$' },
      to: { path: `^lib/${either(optional)}/` },
    },
    {
      name: 'hooks-only-by-type',
      comment: 'hints and policies know `reject` and `unpackDetail`, and of the endpoint its types only',
      severity: 'error',
      from: { path: '^lib/(?:hints|policies)/' },
      to: {
        path: '^lib/(?:backchannel|authlete|telemetry)/',
        pathNot: '/(?:rejection|unpack-detail)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'no-circle', severity: 'error', from: { path: '^lib/' }, to: { circular: true } },
    {
      name: 'no-room-without-arrows',
      comment: 'a new folder of lib/ needs a line in the table above',
      severity: 'error',
      from: { path: '^lib/[^/]+/', pathNot: `^lib/${either(Object.keys(rooms))}/` },
      to: {},
    },
    { name: 'no-unused-file', severity: 'error', from: { path: '^lib/', orphan: true }, to: {} },
    {
      name: 'no-development-dependency',
      comment: 'lib/ imports what package.json lists as a dependency or a peer',
      severity: 'error',
      from: { path: '^lib/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown'], dependencyTypesNot: ['npm-peer', 'type-only'] },
    },
    { name: 'no-unresolved-import', severity: 'error', from: { path: '^lib/' }, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // Files of pages run in browsers, where those of all rooms lie in one directory.
    exclude: { path: '^lib/[^/]+/page/.*\\.js$' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};
