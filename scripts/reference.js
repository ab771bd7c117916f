// Writes docs/reference.md: what requests, transactions, decisions, events and options have, from the types and their comments,
// and for each public name the page that explains it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { checker, declarationsOf, publicTypes, root } from './public-types.js';
import { home, homeOf, sections } from './reference-contents.js';

const docs = join(root, 'docs');
const target = join(docs, 'reference.md');

/** The pages in the order of the index, so that the first that explains a name comes first. */
const texts = new Map(
  [...read('README.md').matchAll(/\]\(([a-z-]+\.md)\)/g)]
    .map(([, page]) => page)
    .filter((page) => page !== 'reference.md')
    .map((page) => [page, read(page)]),
);

const all = publicTypes.flatMap(({ name: entry, names }) => names.map((each) => ({ ...each, entry })));
const find = (wanted) => all.find(({ name }) => name === wanted) ?? fail(`no public name ${wanted}`);
const listed = new Set(Object.values(sections).flat());
sections.Options = all
  .filter(
    ({ name, symbol }) =>
      /(?:Options|Config|Connection|Functions)$/.test(name) && !listed.has(name) && membersOf(symbol).length > 0,
  )
  .map(({ name }) => name);

const lines = [
  '# Reference',
  '',
  'What requests, transactions, decisions, events and options have, every error code, and what every public name is. Each leads',
  'to the page that explains it. This page is made from the types by `npm run build`.',
];
for (const [title, names] of Object.entries(sections)) {
  lines.push('', `## ${title}`);
  for (const name of names) {
    lines.push(...(name === 'DeviceTexts' ? await textsTable(find(name)) : table(find(name), title === 'Options')));
  }
}
lines.push('', '## Error codes', '', '| `code` | class | |', '|---|---|---|', ...errorCodes());
lines.push('', '## Public names');
const tabled = new Set(Object.values(sections).flatMap((names) => names.map((name) => find(name).symbol)));
for (const { name: entry, names } of publicTypes) {
  lines.push('', `### ${entry}`, '', '| | what it is | page |', '|---|---|---|');
  lines.push(...names.map(({ name, symbol }) => row(name, symbol, entry)));
}
writeFileSync(target, `${lines.join('\n')}\n`);

/** A public name, its first sentence and its page; one that has a table above leads there. */
function row(name, symbol, entry) {
  const page = pageOf(name, roomOf(symbol, entry));
  const [sentence] =
    /^.+?\.(?= |$)|^.+$/.exec(introduction(symbol)) ?? fail(`${name} has no comment that says what it is`);
  if (/^[a-z]/.test(name) && !texts.get(page).includes(name)) fail(`docs/${page} does not explain ${name}`);
  const shown = tabled.has(symbol) ? `[\`${name}\`](#${name.toLowerCase()})` : `\`${name}\``;
  return `| ${shown} | ${cell(sentence)} | [${titleOf(page)}](${page}) |`;
}

/** Options lead each to the page that explains it, where that is another than their table's. */
function table({ name, symbol, entry }, isOptions) {
  const page = pageOf(name, roomOf(symbol, entry));
  const rows = membersOf(symbol).map(({ name: member, isOptional, variants }) => {
    const types = new Set(variants.map(typeOf).filter(Boolean));
    const explained = isOptions ? pageOf(member, page) : page;
    const shown = explained === page ? `\`${member}\`` : `[\`${member}\`](${explained})`;
    const says = variants.map(introduction).filter(Boolean);
    return `| ${shown}${isOptional ? '?' : ''} | ${[...types].join(' or ')} | ${cell([...new Set(says)].join(' '))} |`;
  });
  return [...headOf(name, symbol, page), '| | type | |', '|---|---|---|', ...rows];
}

function headOf(name, symbol, page) {
  return ['', `### ${name}`, '', `${introduction(symbol)} [${titleOf(page)}](${page})`.trim(), ''];
}

/** The texts in English, which say more than their type. */
async function textsTable({ name, symbol }) {
  const { englishDeviceTexts } = await import(pathToFileURL(join(root, 'dist/device/index.js')).href);
  const groups = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
  const rows = groups.flatMap((group) =>
    checker
      .getTypeOfSymbol(group)
      .getProperties()
      .map((member) => {
        const english = englishDeviceTexts[group.name][member.name];
        const shown = typeof english === 'string' ? english : typeOf(member);
        return `| \`${group.name}.${member.name}\` | ${cell(shown)} | ${cell(introduction(member))} |`;
      }),
  );
  return [...headOf(name, symbol, 'device-page.md'), '| | in English, or the type | |', '|---|---|---|', ...rows];
}

/** Own and inherited members. Of a union, those of all its parts; one that a part lacks, or need not have, is optional. */
function membersOf(symbol) {
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const parts = (type.isUnion() ? type.types : [type]).map((part) => part.getProperties());
  const names = new Set(parts.flat().map(({ name }) => name));
  return [...names].flatMap((name) => {
    const each = parts.map((part) => part.find((member) => member.name === name));
    const variants = each.filter((member) => member && declarationsOf(member).length > 0);
    if (variants.length === 0) return [];
    const isOptional = each.some((member) => !member || member.flags & ts.SymbolFlags.Optional);
    return [{ name, isOptional, variants: [...new Set(variants)] }];
  });
}

/** As it is declared, and short; empty if it can only be left out. */
function typeOf(member) {
  const [declaration] = declarationsOf(member);
  if (ts.isMethodSignature(declaration)) return 'function';
  const text = (declaration.type?.getText() ?? '').replace(/\s+/g, ' ').replace(/ \| (?:undefined|null)(?= \||$)/g, '');
  if (text === 'undefined') return '';
  if (text.includes('=>')) return 'function';
  return text.length > 60 ? 'object' : cell(`\`${text}\``);
}

function introduction(symbol) {
  const [paragraph] = ts.displayPartsToString(symbol.getDocumentationComment(checker)).split(/\n(?:\n|- )/);
  return paragraph
    .replace(/\{@link (\w+)(?: [^}]*)?\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The codes of the error classes, with the comments that stand at them. */
function errorCodes() {
  return all
    .filter(({ name }) => name.endsWith('ErrorCode'))
    .flatMap(({ name, symbol }) => {
      const [declaration] = declarationsOf(symbol);
      const parts = ts.isUnionTypeNode(declaration.type) ? declaration.type.types : [declaration.type];
      return parts.map((part, i) => {
        const code = part.literal.text;
        if (!texts.get('errors.md').includes(`\`${code}\``)) fail(`docs/errors.md does not explain ${code}`);
        // The comment stands before the `|`, which the parser takes for none of the part's.
        const comment = commentAt(part, parts[i - 1]?.end ?? part.getFullStart()) || fail(`${code} has no comment`);
        return `| [\`${code}\`](errors.md) | \`${name.replace(/Code$/, '')}\` | ${cell(comment)} |`;
      });
    });
}

function commentAt(node, position) {
  const text = node.getSourceFile().text;
  const [range] = ts.getLeadingCommentRanges(text, position) ?? [];
  return range
    ? text
        .slice(range.pos, range.end)
        .replace(/^\/\*\*|\*\/$|^\s*\*/gm, '')
        .replace(/\s+/g, ' ')
        .trim()
    : '';
}

/** The page of a part if it has the name in code, else the first that explains it: in a heading, or at the begin of a row. */
function pageOf(name, preferred) {
  const word = `(?<![\\w-])${name}(?![\\w-])`;
  const text = texts.get(preferred) ?? fail(`docs/README.md does not link ${preferred}`);
  if (new RegExp(`\`[^\`]*${word}[^\`]*\``).test(text)) return preferred;
  const explains = new RegExp(`^(?:#.*|\\|) ?\`${word}[^|\n]*`, 'm');
  return [...texts].find(([, other]) => explains.test(other))?.[0] ?? preferred;
}

function roomOf(symbol, entry) {
  if (symbol.name in homeOf) return homeOf[symbol.name];
  const [, room] = /\/(.+)/.exec(entry) ?? [];
  const [declaration] = declarationsOf(symbol);
  return (
    home[room ?? relative(join(root, 'dist'), declaration.getSourceFile().fileName).split('/')[0]] ??
    fail(`no page for ${symbol.name}`)
  );
}

function titleOf(page) {
  return /^# (.+)$/m.exec(texts.get(page))[1];
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}

function read(page) {
  return readFileSync(join(docs, page), 'utf8');
}

function fail(message) {
  throw new Error(message);
}
