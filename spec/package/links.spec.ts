import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** This repository's files by address: the pages that are in the package refer so to what is not. */
const own = /^https:\/\/github\.com\/ciba-backchannel\/ciba-backchannel\/(?:blob|raw)\/main\//;

/** Pages that npm packs. */
const packed = /^(?:README|CHANGELOG|docs\/(?!reference\.md)[^/]+)\.md$/;

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n');

/** The page without its code, where brackets mean something else. */
function prose(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/^( *)```.*?^\1```/gms, '')
    .replace(/`[^`\n]*`/g, '');
}

/** Targets of links and images. */
function targets(path: string): string[] {
  const inline = [...prose(path).matchAll(/\]\(\s*<?([^)>\s]+)>?[^)]*\)/g)];
  const references = [...prose(path).matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...references].map(([, target = '']) => target);
}

/** Those that are files of this repository, by path or by address. */
function links(path: string): string[] {
  return targets(path)
    .map((target) => target.replace(own, '/'))
    .filter(isPath);
}

function isPath(target: string): boolean {
  return !/^[a-z]+:/i.test(target);
}

/** The anchors that GitHub gives a page's headings, and those that the page gives itself. */
function anchors(path: string): Set<string> {
  const text = readFileSync(path, 'utf8').replace(/^( *)```.*?^\1```/gms, '');
  const headings = [...text.matchAll(/^#{1,6} +(.*?) *#* *$/gm)].map(([, heading = '']) => slug(heading));
  const counted = headings.map((name, i) => {
    const before = headings.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}-${before}`;
  });
  return new Set([...counted, ...[...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name = '']) => name)]);
}

function slug(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** The file that a page's link leads to. */
function resolve(path: string, link: string): string {
  const [file = ''] = decodeURI(link).split('#');
  if (file === '') return path;
  return normalize(file.startsWith('/') ? file.slice(1) : join(dirname(path), file));
}

function broken(path: string): string[] {
  return links(path).filter((link) => {
    const target = resolve(path, link);
    const [, anchor] = link.split('#');
    if (!existsSync(target)) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchors(target).has(anchor);
  });
}

describe('the documentation', () => {
  it.each(pages)('%s links to files and headings that exist', (path) => {
    expect(broken(path)).toEqual([]);
  });

  it.each(pages.filter((path) => packed.test(path)))('%s links by path only to what is in the package', (path) => {
    const paths = targets(path).filter(isPath);
    expect(paths.filter((target) => !packed.test(resolve(path, target)))).toEqual([]);
  });

  it('has no page that neither the README nor the index of docs links to', () => {
    const indexes = ['README.md', 'docs/README.md'].filter((path) => existsSync(path));
    const linked = indexes.flatMap((path) => links(path).map((link) => resolve(path, link)));
    expect(pages.filter((path) => /^docs\/[^/]+\.md$/.test(path) && ![...indexes, ...linked].includes(path))).toEqual(
      [],
    );
  });
});
