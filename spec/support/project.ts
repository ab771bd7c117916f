import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A user's project: an empty folder, `npm init`, and this package from its tarball. */
export interface Project {
  write(name: string, source: string): Promise<void>;
  /** Installs packages in the versions of spec/interop/projects.package.json. */
  install(packages: string[]): Promise<void>;
  /** Runs a command to its end. @throws with what it printed, when it fails */
  run(command: string, args: string[], environment?: NodeJS.ProcessEnv): Promise<void>;
  /** Starts a file; resolves when it listens. */
  start(file: string, environment: NodeJS.ProcessEnv): Promise<Running>;
  /** Stops what was started. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

const packages = 'spec/interop/projects.package.json';

/** A program that was started. */
export interface Running {
  /** The first match in what it prints, from its start on. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** @returns the exit code */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Prints a line when a server listens, whatever its framework says. */
const announcer = `import net from 'node:net';
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (...args) {
  this.once('listening', () => console.log('it listens'));
  return listen.apply(this, args);
};`;

export async function newProject(): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'ciba-host-'));
  const home = join(directory, 'project');
  // Our own npm's settings, such as where its run was started, are not those of the new project.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  await run('npm', ['pack', '--pack-destination', directory], { env });
  const tarball = (await readdir(directory)).find((name) => name.endsWith('.tgz')) as string;
  await mkdir(home);
  await run('npm', ['init', '-y'], { cwd: home, env });
  const { dependencies } = JSON.parse(await readFile(packages, 'utf8'));
  const programs = new Set<ChildProcess>();

  return {
    async write(name, source) {
      await mkdir(dirname(join(home, name)), { recursive: true });
      await writeFile(join(home, name), source);
    },
    async install(packages) {
      const versions = packages.map((name) => {
        if (name === 'ciba-backchannel') return join(directory, tarball);
        if (/.@/.test(name)) return name;
        if (!(name in dependencies)) throw new Error(`${packages} has no version of ${name}`);
        return `${name}@${dependencies[name]}`;
      });
      await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...versions], { cwd: home, env });
    },
    async run(command, args, environment) {
      try {
        await run(command, args, { cwd: home, env: { ...env, NODE_OPTIONS: '', ...environment } });
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
      }
    },
    async start(file, environment) {
      const options = [`--import=data:text/javascript,${encodeURIComponent(announcer)}`];
      if (file.endsWith('.mts')) options.push('--import=tsx');
      const program = spawn(process.execPath, [...options, file], {
        cwd: home,
        env: { ...env, NODE_OPTIONS: '', ...environment },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      programs.add(program);
      const running = runningProgram(program, file);
      await running.prints(/it listens/);
      return running;
    },
    async stop() {
      for (const program of programs) {
        if (program.exitCode !== null || program.signalCode !== null) continue;
        program.kill('SIGKILL');
        await once(program, 'exit');
      }
      programs.clear();
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function runningProgram(program: ChildProcess, name: string): Running {
  let printed = '';
  program.stdout?.on('data', (chunk) => {
    printed += chunk;
    program.emit('printed');
  });
  return {
    prints(pattern) {
      return new Promise((resolve, reject) => {
        function look(): void {
          const match = pattern.exec(printed);
          if (match) resolve(match);
        }
        program.on('printed', look);
        program.once('exit', (code) => reject(new Error(`${name} ended with ${code}; it printed ${printed}`)));
        look();
      });
    },
    async end(signal) {
      const exit = once(program, 'exit');
      program.kill(signal);
      const [code] = await exit;
      return code;
    },
  };
}
