import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { freePort } from '../support/free-port.js';
import { compilerOptions, moduleSystems } from '../support/typed-server.js';

const run = promisify(execFile);
const root = process.cwd();
const entries = [
  '',
  '/client',
  '/device/testing',
  '/embedded',
  '/hints',
  '/policies',
  '/postgres',
  '/resource',
  '/simulator',
].map((path) => `ciba-backchannel${path}`);

/** Those that need a package that is installed for them only. */
const peers = [
  { entry: 'ciba-backchannel/device', peer: '@simplewebauthn/server' },
  { entry: 'ciba-backchannel/opentelemetry', peer: '@opentelemetry/api' },
];
const allEntries = [...entries, ...peers.map(({ entry }) => entry)];

/** What npm puts on a user's disk: the tarball in a project of its own, beside the dependencies that it declares. */
describe('the packed package', () => {
  let directory: string;
  let project: string;
  let tarball: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ciba-backchannel-'));
    project = join(await realpath(directory), 'project');
    const home = join(project, 'node_modules/ciba-backchannel');
    await mkdir(home, { recursive: true });
    await run('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: root });
    tarball = join(directory, (await readdir(directory)).find((name) => name.endsWith('.tgz')) as string);
    await run('tar', ['-xzf', tarball, '-C', home, '--strip-components=1']);
    await writeFile(join(project, 'package.json'), '{ "private": true }');
    const { dependencies } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
    await install([...Object.keys(dependencies), 'express', '@types/node', '@types/express']);
  }, 180_000);

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is less than 450 kB to download', async () => {
    expect((await stat(tarball)).size).toBeLessThan(450_000);
  });

  it('holds the build and the documentation, and neither sources nor specs', async () => {
    const files = await readdir(join(project, 'node_modules/ciba-backchannel'));
    expect(files.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'llms.txt', 'package.json']);
  });

  it.each(peers)('says of $entry, where it is missing, that it needs $peer', async ({ entry, peer }) => {
    const text = `import(${JSON.stringify(entry)}).catch(({ message }) => console.log(message));`;
    await writeFile(join(project, 'missing.mjs'), text);
    expect((await node('missing.mjs')).stdout).toContain(`Cannot find package '${peer}'`);
    await install([peer]);
    expect((await node('missing.mjs')).stdout).toBe('');
  });

  it('says what to install when ciba-backchannel/client gets no configuration of openid-client', async () => {
    const text = `import { cibaClient } from 'ciba-backchannel/client';
      try { cibaClient({ config: undefined }); } catch ({ message }) { console.log(message); }`;
    await writeFile(join(project, 'client.mjs'), text);
    expect((await node('client.mjs')).stdout).toContain('npm install openid-client');
    // For its types.
    await install(['openid-client']);
  });

  it('is imported by an ESM project, every entry point of it', async () => {
    await writeFile(
      join(project, 'import.mjs'),
      `const all = await Promise.all(${JSON.stringify(allEntries)}.map((entry) => import(entry)));
       console.log(JSON.stringify(all.map((entry) => typeof Object.values(entry)[0])));`,
    );
    expect(JSON.parse((await node('import.mjs')).stdout)).not.toContain('undefined');
  });

  it('loads nothing that only tests, phones and clients need, when ciba-backchannel is imported', async () => {
    const coverage = join(directory, 'coverage');
    const listing = "import 'ciba-backchannel'; console.log(process.moduleLoadList.join('\\n'));";
    await writeFile(join(project, 'production.mjs'), listing);
    // Node tells of every script that it has run.
    const { stdout } = await run(process.execPath, ['production.mjs'], {
      cwd: project,
      env: { ...process.env, NODE_V8_COVERAGE: coverage },
    });
    const texts = await Promise.all((await readdir(coverage)).map((name) => readFile(join(coverage, name), 'utf8')));
    const scripts = texts.flatMap((text) => (JSON.parse(text).result as { url: string }[]).map(({ url }) => url));
    const own = scripts.filter((url) => url.includes('/ciba-backchannel/dist/'));
    // Above each module that was bundled stands its name.
    const loaded = await Promise.all(own.map((url) => readFile(fileURLToPath(url), 'utf8')));
    const rooms = loaded.flatMap((text) => [...text.matchAll(/^\/\/ lib\/([\w-]+)\//gm)].map(([, room]) => room));
    expect(rooms).toEqual(expect.arrayContaining(['backchannel', 'token', 'discovery', 'authlete']));
    const others = [
      'embedded',
      'simulator',
      'device',
      'client',
      'cli',
      'policies',
      'hints',
      'postgres',
      'opentelemetry',
      'resource',
      'stores',
    ];
    expect(others.filter((room) => rooms.includes(room))).toEqual([]);
    expect(
      scripts.filter((url) => /node_modules\/(express|openid-client|pg|undici|body-parser|jose)\//.test(url)),
    ).toEqual([]);
    // An `import` of node:http loads the undici of Node's own.
    expect(stdout.match(/^NativeModule (https?|tls|zlib|internal\/deps\/undici\/undici)$/gm)).toBeNull();
  });

  it('is required by a CommonJS project, every entry point of it, and answers a request', async () => {
    await writeFile(
      join(project, 'require.cjs'),
      `for (const entry of ${JSON.stringify(allEntries)}) require(entry);
       const { cibaBackchannel } = require('ciba-backchannel');
       const { embeddedAuthlete } = require('ciba-backchannel/embedded');
       const clients = [{ client_id: 'c', client_secret: 's', backchannel_token_delivery_mode: 'poll' }];
       embeddedAuthlete({ issuer: 'https://as.example.com', clients }).then((authlete) => {
         const ciba = cibaBackchannel({ authlete, identifyUser: () => ({ subject: 'alice' }) });
         const server = require('node:http').createServer(ciba).listen(0, '127.0.0.1', async () => {
           const answer = await fetch('http://127.0.0.1:' + server.address().port, {
             method: 'POST',
             headers: { authorization: 'Basic ' + btoa('c:s') },
             body: new URLSearchParams({ scope: 'openid', login_hint: 'alice' }),
           });
           console.log(answer.status, Object.keys(await answer.json()).join());
           server.close();
         });
       });`,
    );
    const { stdout } = await node('require.cjs');
    expect(stdout.trim()).toBe('200 auth_req_id,expires_in,interval');
  });

  it.each(moduleSystems)(
    'is compiled by a user with TypeScript, module $module, in a $type package',
    async ({ module, moduleResolution, type, source }) => {
      const typed = join(project, `${module}-${type}`);
      const file = join(typed, 'server.ts');
      await mkdir(typed);
      await writeFile(join(typed, 'package.json'), JSON.stringify({ private: true, type }));
      await writeFile(file, source);
      const json = { ...compilerOptions, module, moduleResolution };
      const { options, errors } = ts.convertCompilerOptionsFromJson(json, typed);
      const program = ts.createProgram([file], options, compilerHost(options));
      // The user's file and the declarations of the package, not those that come with TypeScript.
      const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(project));
      expect(files.length).toBeGreaterThan(50);
      const faults = [
        ...errors,
        ...program.getOptionsDiagnostics(),
        ...files.flatMap((each) => [...program.getSyntacticDiagnostics(each), ...program.getSemanticDiagnostics(each)]),
      ];
      expect(faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    },
    60_000,
  );

  it("runs the README's example as printed", async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const [, example = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
    expect(example.split('\n').length).toBeLessThanOrEqual(26);
    const port = await freePort();
    await writeFile(join(project, 'server.mjs'), example.replaceAll('3000', String(port)));
    const server = spawn(process.execPath, ['server.mjs'], { cwd: project });
    try {
      const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe(`http://localhost:${port}/.well-known/openid-configuration`);
      const answer = await fetch(`http://localhost:${port}/backchannel/authentication`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('teller:a-secret')}` },
        body: new URLSearchParams({ scope: 'openid', login_hint: '+34666666666', binding_message: 'TRANSFER-0815' }),
      });
      expect(answer.status).toBe(200);
      expect((await lines.next()).value).toBe('Pixel 9 shows: TRANSFER-0815');
      await expect(node('server.mjs')).rejects.toMatchObject({
        code: 1,
        stderr: `Port ${port} is taken: stop npm start, or write another port everywhere.\n`,
      });
    } finally {
      server.kill();
      await once(server, 'exit');
    }
  }, 30_000);

  /** From here: they are what we develop with. */
  async function install(names: string[]): Promise<void> {
    for (const name of names) {
      const link = join(project, 'node_modules', name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(root, 'node_modules', name), link, 'junction');
    }
  }

  function node(file: string) {
    return run(process.execPath, ['--disable-warning=ExperimentalWarning', file], { cwd: project });
  }
});

const parsed = new Map<string, ts.SourceFile | undefined>();

/** Has each file parsed once for all programs. */
function compilerHost(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (file, settings, ...others) => {
    const key = JSON.stringify([file, settings]);
    if (!parsed.has(key)) parsed.set(key, getSourceFile(file, settings, ...others));
    return parsed.get(key);
  };
  return host;
}
