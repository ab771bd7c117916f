import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { checkSnippets, surroundings } from '../support/check-snippets.js';
import { narrowOptionals } from '../support/narrow-optionals.js';
import { packageEntries } from '../support/package-program.js';

const program = surroundings();

it('compiles every snippet of the documentation as printed, in strict mode with exactOptionalPropertyTypes', () => {
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
  expect(checkSnippets(['README.md', ...pages.map((page) => `docs/${page}`)], program)).toEqual([]);
}, 120_000);

it('takes undefined wherever users may leave something out, as exactOptionalPropertyTypes wants it', () => {
  const entries = [...packageEntries().values()];
  expect(narrowOptionals(program, entries, join(process.cwd(), 'lib/'))).toEqual([]);
}, 60_000);
