import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.js';

export const help = `ciba-backchannel authlete [FILE] [--port PORT]

Starts an Authlete-compatible engine over HTTP, for development and tests of servers in any language. It serves Authlete's
API, 3.0 and 2.x, on 127.0.0.1. Everything is in memory and gone when it stops.

  FILE          the engine's options as JSON; without it, a sample with three clients
  --port PORT   the port; without it, PORT of the environment or else any free port
  --init        writes the sample to FILE (authlete.json without one), to start from
  --help        shows this

Environment variables: PORT; ISSUER and CLIENTS (a JSON array), which replace those of the file; SERVICE_ID (default: 1) and
ACCESS_TOKEN (default: random) for 3.0; API_KEY and API_SECRET for 2.x (default: the same two values).
`;

/** What the command line asks for. */
export interface Arguments {
  command: 'help' | 'init' | 'serve';
  file: string | undefined;
  port: number;
}

/** @throws UsageError */
export function readArguments(args: string[], { PORT }: NodeJS.ProcessEnv): Arguments {
  const { values, positionals } = parse(args);
  const [command, file, ...more] = positionals;
  if (values.help || command === undefined) return { command: 'help', file: undefined, port: 0 };
  if (command !== 'authlete' || more.length > 0) throw new UsageError(`There is no such command.\n\n${help}`);
  return { command: values.init ? 'init' : 'serve', file, port: portOf(values.port ?? PORT ?? '0') };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { port: { type: 'string' }, init: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${help}`);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`The port must be a number from 0 to 65535, not "${text}".`);
}
