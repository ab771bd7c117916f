import { join } from 'node:path';
import ts from 'typescript';
import { packageEntries, packageProgram } from './package-program.js';
import { moduleOf, type Snippet, snippetsOf } from './snippets.js';

const root = process.cwd();

/** What snippets leave to the reader. */
const hostFile = join(root, 'spec/support/snippet-host.ts');
const ambientFile = join(root, 'spec/support/snippet-modules.d.ts');

/** Modules of the host's that pages import, beside the snippets. */
const beside: [string, string][] = [
  ['completion/your-own.mts', hostFile],
  ...['audit', 'login', 'metrics', 'payments', 'users'].map((name): [string, string] => [
    `production/${name}.ts`,
    join(root, `examples/bank/${name}.ts`),
  ]),
];

/** The package, and what snippets leave to the reader. */
export const surroundings = () => packageProgram([hostFile, ...packageEntries().values()]);

/**
 * What the compiler has against the snippets of each page: `docs/hooks.md:7: Cannot find name 'users'.`
 *
 * @param program of the `surroundings`
 */
export function checkSnippets(pages: readonly string[], program: ts.Program): string[] {
  const names = namesOf(program);
  const modules = new Map<string, string>();
  for (const [name, file] of beside) {
    modules.set(join(root, 'docs', name), `export * from '${file.replace(/ts$/, 'js')}';`);
  }
  const snippets = pages.map(snippetsOf);
  for (const page of snippets) {
    page.forEach((snippet, i) => {
      modules.set(snippet.file, moduleOf(snippet, page.slice(0, i), names));
    });
  }
  const checked = packageProgram([hostFile, ambientFile], modules);
  const host = [hostFile, ambientFile].flatMap((file) => faults(checked, { file, page: file, line: 0 }));
  return [...host, ...snippets.flat().flatMap((snippet) => faults(checked, snippet))];
}

/** For each name where it is imported from: an entry, or the host. */
function namesOf(program: ts.Program) {
  const exportsOf = (file: string) => {
    const module = program.getTypeChecker().getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile);
    return program
      .getTypeChecker()
      .getExportsOfModule(module as ts.Symbol)
      .map(({ name }) => name);
  };
  const packages = new Map<string, string>();
  for (const [entry, file] of packageEntries()) {
    for (const name of exportsOf(file)) if (!packages.has(name)) packages.set(name, entry);
  }
  return { packages, host: { from: hostFile.replace(/ts$/, 'js'), names: new Set(exportsOf(hostFile)) } };
}

/**
 * What the compiler can say of JavaScript, which states no types: syntax, names, members, options, numbers of arguments, and
 * what modules do not export.
 */
const ofJavaScript = new Set([2304, 2305, 2339, 2353, 2451, 2551, 2552, 2554, 2561, 2614, 2724, 18004]);

/** A module of the host's or of a package that is not installed here. Specs of spec/interop run the pages that have them. */
const isElsewhere = ({ code, messageText }: ts.Diagnostic) =>
  (code === 2307 || code === 7016) && !String(messageText).includes("'ciba-backchannel");

/** What TypeScript would have inferred from such a module. */
const isImplicitAny = ({ code }: ts.Diagnostic) => code === 7006 || code === 7031;

function faults(program: ts.Program, { file, page, line }: Pick<Snippet, 'file' | 'page' | 'line'>): string[] {
  const source = program.getSourceFile(file) as ts.SourceFile;
  const semantic = program.getSemanticDiagnostics(source);
  const known = semantic.filter((fault) => !isElsewhere(fault));
  const inferable = known.length === semantic.length ? known : known.filter((fault) => !isImplicitAny(fault));
  const relevant = /ts$/.test(file) ? inferable : known.filter(({ code }) => ofJavaScript.has(code));
  return [...program.getSyntacticDiagnostics(source), ...relevant].map(({ messageText, start = 0 }) => {
    const at = source.getLineAndCharacterOfPosition(start).line + line + 1;
    return `${page}:${at}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
