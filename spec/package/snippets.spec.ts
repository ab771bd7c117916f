import { readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { checkSnippets } from '../support/check-snippets.js';

it('compiles every snippet of the documentation as printed, in strict mode with exactOptionalPropertyTypes', () => {
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
  expect(checkSnippets(['README.md', ...pages.map((page) => `docs/${page}`)])).toEqual([]);
}, 120_000);
