import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import ts from 'typescript';
import { narrowOptionals } from '../support/narrow-optionals.js';

it('takes undefined wherever users may leave something out, as exactOptionalPropertyTypes wants it', () => {
  const root = process.cwd();
  const lib = join(root, 'lib/');
  const rooms = readdirSync(lib).map((room) => join(lib, room, 'index.ts'));
  const entries = [join(lib, 'index.ts'), ...rooms.filter((path) => existsSync(path))];
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(entries, { ...options, exactOptionalPropertyTypes: true });
  expect(narrowOptionals(program, entries, lib)).toEqual([]);
}, 60_000);
