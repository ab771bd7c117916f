// Writes llms.txt: what the package is and where each page is, for those who read by machine. Made of README.md and
// docs/README.md, so that it says the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = (path) => readFileSync(join(root, path), 'utf8');

const [, title, introduction] = /^# (.+)\n\n((?:.+\n)+)/.exec(read('README.md'));
const sections = read('docs/README.md')
  .split(/^\*\*(.+)\*\*$/m)
  .slice(1);

const lines = [`# ${title}`, '', `> ${withoutLinks(introduction).replaceAll('\n', ' ').trim()}`, ''];
for (let i = 0; i < sections.length; i += 2) {
  lines.push(`## ${sections[i]}`, '');
  for (const [, task, pages] of sections[i + 1].matchAll(/^\| (.+?) \| (.+?) \|$/gm)) {
    for (const [, name, path] of pages.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)) {
      lines.push(`- [${name}](${addressOf(path)}): ${task}`);
    }
  }
  lines.push('');
}
writeFileSync(join(root, 'llms.txt'), lines.join('\n'));

function withoutLinks(text) {
  return text.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1');
}

/** As it is from the folder of llms.txt. */
function addressOf(path) {
  if (path.startsWith('https:')) return path;
  return path.startsWith('../') ? path.slice(3) : `docs/${path}`;
}
