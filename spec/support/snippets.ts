import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

/** A block of code as a page prints it, as a module. */
export interface Snippet {
  page: string;
  /** The line of the page before its first one. */
  line: number;
  file: string;
  source: ts.SourceFile;
  /** The text of an import that gives each of its names to another snippet. */
  names: Map<string, string>;
}

/** Where names come from that a snippet leaves to the reader. */
export interface Sources {
  /** The package's own names, each with its entry. They are for fragments, which import nothing at all. */
  packages: ReadonlyMap<string, string>;
  /** A module with names of the host's: `users`, `pool`. */
  host: { from: string; names: ReadonlySet<string> };
}

const root = process.cwd();

/** The TypeScript and JavaScript of a page, in a folder of its own, by the name in the first line if there is one. */
export function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(page, 'utf8');
  const taken = new Set<string>();
  return [...text.matchAll(/^( *)```(ts|js)\n(.*?)^\1```/gms)].map(({ index, 2: language, 3: code = '' }, i) => {
    const isCommonJs = language === 'js' && /\brequire\(|^(?:module\.)?exports\b/m.test(code);
    const [, named] = /^\/\/ ([\w.-]+\.m?[jt]s)$/m.exec(code) ?? [];
    const isNamed = named !== undefined && !isCommonJs && !taken.has(named);
    // Apart, since what they require from each other is not resolved.
    const name = isNamed ? named : isCommonJs ? `commonjs/${i + 1}.cjs` : `${i + 1}.m${language}`;
    taken.add(name);
    const file = join(root, page.replace(/\.md$/, ''), name);
    const source = ts.createSourceFile(file, code, ts.ScriptTarget.ES2022, true);
    return { page, line: text.slice(0, index).split('\n').length, file, source, names: namesOf(source) };
  });
}

/** Names that a module imports and declares. */
function namesOf(source: ts.SourceFile): Map<string, string> {
  const names = new Map<string, string>();
  const own = `./${basename(source.fileName).replace(/ts$/, 'js')}`;
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      const from = statement.moduleSpecifier.getText();
      const { name, namedBindings } = statement.importClause ?? {};
      if (name) names.set(name.text, `import ${name.text} from ${from};`);
      if (!namedBindings) continue;
      if (ts.isNamespaceImport(namedBindings)) {
        names.set(namedBindings.name.text, `import ${namedBindings.getText()} from ${from};`);
      } else {
        for (const each of namedBindings.elements) {
          names.set(each.name.text, `import { ${each.getText()} } from ${from};`);
        }
      }
    } else {
      for (const name of declared(statement)) names.set(name, `import { ${name} } from '${own}';`);
    }
  }
  return names;
}

function declared(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => bound(name));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

function bound(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bound(element.name) : []));
}

/**
 * A snippet's module: its code as printed, and after it imports of what it leaves to the snippets before it on the page, to
 * the package and to the host; and exports of what it declares, for those after it.
 */
export function moduleOf(snippet: Snippet, before: readonly Snippet[], { packages, host }: Sources): string {
  const { source, names } = snippet;
  if (snippet.file.endsWith('.cjs')) return source.text;
  const isFragment = !source.statements.some(ts.isImportDeclaration);
  const lines = new Set<string>();
  for (const name of identifiers(source)) {
    if (names.has(name)) continue;
    const earlier = before.findLast((other) => !other.file.endsWith('.cjs') && other.names.has(name))?.names.get(name);
    if (earlier && (isFragment || earlier.includes("from './"))) lines.add(earlier);
    else if (host.names.has(name)) lines.add(`import { ${name} } from '${host.from}';`);
    else if (isFragment && packages.has(name)) lines.add(`import { ${name} } from '${packages.get(name)}';`);
  }
  const exported = source.statements
    .filter((statement) => !(ts.getCombinedModifierFlags(statement as never) & ts.ModifierFlags.Export))
    .flatMap(declared);
  const isTypes = (name: string) =>
    source.statements.some(
      (each) => (ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each)) && each.name.text === name,
    );
  const list = exported.map((name) => (isTypes(name) ? `type ${name}` : name));
  return `${source.text}\n${[...lines].join('\n')}\nexport { ${list.join(', ')} };\n`;
}

/** What a module may refer to: each identifier that is not the name of a member. */
function identifiers(source: ts.SourceFile): Set<string> {
  const found = new Set<string>();
  visit(source);
  return found;

  function visit(node: ts.Node): void {
    if (ts.isIdentifier(node) && !isMemberName(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  }
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return ts.isPropertyAssignment(parent) && parent.name === node;
}
