#!/usr/bin/env node
import { help, readArguments } from './arguments.js';
import { serveAuthlete } from './serve-authlete.js';
import { UsageError } from './usage-error.js';
import { writeSample } from './write-sample.js';

async function run(): Promise<void> {
  const { command, file, port } = readArguments(process.argv.slice(2), process.env);
  if (command === 'help') process.stdout.write(help);
  else if (command === 'init') process.stdout.write(`${await writeSample(file)}\n`);
  else process.stdout.write(await serveAuthlete(file, port, process.env));
}

run().catch((error: Error) => {
  // A mistake in the command prints a sentence. Anything else is a bug, and needs its stack.
  process.stderr.write(error instanceof UsageError ? `${error.message}\n` : `${error.stack}\n`);
  process.exitCode = 1;
});
