import { relative } from 'node:path';
import ts from 'typescript';

/**
 * The optional members of what users give to a package (arguments, options, what their hooks return) that refuse
 * `undefined` under `exactOptionalPropertyTypes`: `'lib/token/options.ts: timeout'`.
 *
 * @param home where the package is; types of others are not looked at
 */
export function narrowOptionals(program: ts.Program, entries: readonly string[], home: string): string[] {
  const checker = program.getTypeChecker();
  const found = new Set<string>();
  const seen = { given: new Set<ts.Type>(), got: new Set<ts.Type>() };
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile) as ts.Symbol;
    for (const name of checker.getExportsOfModule(module)) {
      const symbol = name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name;
      if (symbol.flags & ts.SymbolFlags.Value) look(checker.getTypeOfSymbol(symbol), 'got');
    }
  }
  return [...found].sort();

  /** A type that users get, or one that they give; with each call of a function the two change places. */
  function look(type: ts.Type, side: 'given' | 'got'): void {
    if (seen[side].has(type)) return;
    seen[side].add(type);
    if (type.isUnionOrIntersection()) for (const each of type.types) look(each, side);
    if (type.flags & ts.TypeFlags.TypeParameter) {
      const constraint = type.getConstraint();
      if (constraint) look(constraint, side);
    }
    for (const argument of checker.getTypeArguments(type as ts.TypeReference)) look(argument, side);
    for (const signature of type.getCallSignatures()) {
      const other = side === 'given' ? 'got' : 'given';
      for (const parameter of signature.getParameters()) look(checker.getTypeOfSymbol(parameter), other);
      look(signature.getReturnType(), side);
    }
    for (const member of type.getProperties()) {
      const [declaration] = member.declarations ?? [];
      if (!declaration?.getSourceFile().fileName.startsWith(home)) continue;
      if (side === 'given' && isNarrow(declaration)) {
        found.add(`${relative(home, declaration.getSourceFile().fileName)}: ${member.name}`);
      }
      look(checker.getTypeOfSymbol(member), side);
    }
  }

  function isNarrow(declaration: ts.Declaration): boolean {
    if (!ts.isPropertySignature(declaration) || !declaration.questionToken || !declaration.type) return false;
    const type = checker.getTypeFromTypeNode(declaration.type);
    const open = ts.TypeFlags.Undefined | ts.TypeFlags.Any | ts.TypeFlags.Unknown;
    return !(type.isUnion() ? type.types : [type]).some(({ flags }) => flags & open);
  }
}
