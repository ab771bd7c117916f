import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Service, typescriptSdk } from '../support/authlete-library.js';
import {
  cellOf,
  describeLibrary,
  type LibraryUnderTest,
  libraryCalls,
  type Served,
} from '../support/authlete-scenario.js';
import { describeWith, type Requirement } from '../support/describe-with.js';
import { processLibrary } from './authlete/process-library.js';
import { java, python } from './requirements.js';

const folder = join(process.cwd(), 'spec/interop/authlete');
const javaFolder = join(folder, 'java');
const pythonFolder = join(folder, 'python');
const venv = join(pythonFolder, '.venv');

type Version = 'V2' | 'V3';

/** Where the service is, and what proves who calls it, in this order. */
const argumentsFor = (version: Version, service: Service) => [
  service.baseUrl,
  version,
  ...(version === 'V3' ? [service.serviceId, service.accessToken] : [service.apiKey, service.apiSecret]),
];

const inJava = (version: Version, implementation: string) => (service: Service) =>
  processLibrary('java', [
    ...['-cp', join(javaFolder, 'target/lib/*'), join(javaFolder, 'Calls.java')],
    ...argumentsFor(version, service),
    implementation,
  ]);

const inPython = (version: Version) => (service: Service) =>
  processLibrary(join(venv, 'bin/python'), [join(pythonFolder, 'calls.py'), ...argumentsFor(version, service)]);

function installJava(): void {
  const options = ['-q', '-B', '-f', javaFolder, 'dependency:copy-dependencies', '-DoutputDirectory=target/lib'];
  if (!existsSync(join(javaFolder, 'target/lib'))) execFileSync('mvn', options, { stdio: 'inherit' });
}

function installPython(): void {
  const pip = join(venv, 'bin/pip');
  if (!existsSync(pip)) execFileSync('python3', ['-m', 'venv', venv], { stdio: 'inherit' });
  execFileSync(pip, ['install', '-q', '-r', join(pythonFolder, 'requirements.txt')], { stdio: 'inherit' });
}

interface Library extends LibraryUnderTest {
  requirement?: Requirement;
  install?: () => void;
}

const gson2x = 'com.authlete.common.api.AuthleteApiImpl';
const jackson = 'com.authlete.jaxrs.api.AuthleteApiImpl';
const inPython13 = {
  requirement: python,
  install: installPython,
  // Python 1.3.0 knows an older Authlete.
  drops: ['clientAttributes', 'serviceAttributes', 'dynamicScopes', 'clientAuthMethod', 'grantType', 'acr', 'authTime'],
};
const libraries: Library[] = [
  { name: 'TypeScript SDK 0.0.3-beta', start: typescriptSdk },
  { name: 'Java 4.33 (Gson), 3.0', requirement: java, install: installJava, start: inJava('V3', '-') },
  { name: 'Java 4.33 (Gson), 2.x', requirement: java, install: installJava, start: inJava('V2', gson2x) },
  {
    name: 'Java JAX-RS 2.13 (Jackson), 2.x',
    requirement: java,
    install: installJava,
    start: inJava('V2', jackson),
    lacks: ['tokenRevoke'],
  },
  { name: 'Python 1.3.0, 3.0', ...inPython13, start: inPython('V3') },
  { name: 'Python 1.3.0, 2.x', ...inPython13, start: inPython('V2') },
];

const served = new Map<string, Served>();

for (const library of libraries) {
  const { name, requirement = { installed: true, howTo: '' }, install } = library;
  describeWith(requirement, `Authlete's ${name}`, () => {
    const calls: Served = new Map();
    served.set(name, calls);
    if (install) beforeAll(install, 300_000);
    describeLibrary(library, calls);
  });
}

describe('the table in docs/embedded-http.md', () => {
  it('is what these runs have shown', () => {
    // Where a language is missing the table cannot be judged; its suite says so.
    if (libraries.some(({ requirement }) => requirement?.installed === false)) return;
    const rows = libraryCalls.map((call) => [
      `\`${call}\``,
      ...libraries.map((library) => cellOf(served.get(library.name) as Served, call, library)),
    ]);
    const head = ['call', ...libraries.map(({ name }) => name)];
    const table = [head, head.map(() => '---'), ...rows];
    const markdown = table.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    expect(readFileSync('docs/embedded-http.md', 'utf8')).toContain(markdown);
  });
});
