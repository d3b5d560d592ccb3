/** Lists the gaps in the documentation of a public surface: a missing example, default or sentence. */
import { relative } from 'node:path';
import ts from 'typescript';
import { ROOT } from './example-sources';

/** Every gap in what a module exports, as `file:line: Name has no @example`. */
export function gapsIn(program: ts.Program, module: ts.SourceFile): readonly string[] {
  const checker = program.getTypeChecker();
  function own(member: Member): boolean {
    return !isInherited(checker, member);
  }
  return exportedDeclarations(checker, module).flatMap((declaration) => [
    ...(isDocumented(declaration) ? [] : [gap(declaration, 'has no sentence that says what it is')]),
    ...(isConstruct(checker, declaration) && !hasTag(declaration, 'example')
      ? [gap(declaration, 'is a construct and has no @example')]
      : []),
    ...publicMembers(declaration).filter(own).flatMap(gapsOfMember),
  ]);
}

/** The names a module exports. */
export function namesIn(program: ts.Program, module: ts.SourceFile): readonly string[] {
  return exportedDeclarations(program.getTypeChecker(), module).map(nameOf);
}

/** The names a module exports which are constructs. */
export function constructsIn(program: ts.Program, module: ts.SourceFile): readonly string[] {
  const checker = program.getTypeChecker();
  return exportedDeclarations(checker, module)
    .filter((declaration) => isConstruct(checker, declaration))
    .map(nameOf);
}

/** The optional properties of the interfaces a module exports, as `Props.name`. */
export function optionalPropertiesIn(program: ts.Program, module: ts.SourceFile): readonly string[] {
  return exportedDeclarations(program.getTypeChecker(), module)
    .flatMap(publicMembers)
    .filter(isOptionalProperty)
    .map(nameOf);
}

type Named = ts.ClassDeclaration | ts.InterfaceDeclaration | ts.FunctionDeclaration | ts.EnumDeclaration;

function exportedDeclarations(checker: ts.TypeChecker, module: ts.SourceFile): readonly Named[] {
  const symbol = checker.getSymbolAtLocation(module);
  if (symbol === undefined) {
    throw new Error(`${module.fileName} exports nothing`);
  }
  return checker.getExportsOfModule(symbol).flatMap((exported) => {
    const own = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    return (own.declarations ?? []).map((declaration) => {
      if (isNamed(declaration)) {
        return declaration;
      }
      // jsii knows nothing else, so neither does this.
      throw new Error(`${own.name} is a ${ts.SyntaxKind[declaration.kind]}, must be a class or an interface`);
    });
  });
}

function isNamed(node: ts.Node): node is Named {
  return (
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isEnumDeclaration(node)
  );
}

function isConstruct(checker: ts.TypeChecker, declaration: ts.Node): boolean {
  function isBelow(type: ts.Type): boolean {
    return (
      type.symbol.name === 'Construct' || (checker.getBaseTypes(type as ts.InterfaceType) ?? []).some(isBelow)
    );
  }
  return ts.isClassDeclaration(declaration) && isBelow(checker.getTypeAtLocation(declaration));
}

type Member = ts.ClassElement | ts.TypeElement;

/** Constructors are documented by their props. */
function publicMembers(declaration: Named): readonly Member[] {
  if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) {
    return [];
  }
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return [...declaration.members].filter(
    (member) =>
      !ts.isConstructorDeclaration(member) &&
      !(ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => hidden.includes(kind))) &&
      !hasTag(member, 'internal'),
  );
}

/** Tells whether a class inherits the member from its base, which documents it. */
function isInherited(checker: ts.TypeChecker, member: Member): boolean {
  if (!ts.isClassDeclaration(member.parent) || member.name === undefined) {
    return false;
  }
  const type = checker.getTypeAtLocation(member.parent);
  const name = member.name.getText();
  return (checker.getBaseTypes(type as ts.InterfaceType) ?? []).some(
    (base) => base.getProperty(name) !== undefined,
  );
}

function gapsOfMember(member: Member): readonly string[] {
  return [
    ...(isDocumented(member) ? [] : [gap(member, 'has no sentence that says what it is')]),
    ...(isOptionalProperty(member) && !hasTag(member, 'default')
      ? [gap(member, 'is optional and has no @default')]
      : []),
  ];
}

function isOptionalProperty(member: Member): boolean {
  return ts.isPropertySignature(member) && member.questionToken !== undefined;
}

function isDocumented(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && doc.comment !== undefined);
}

function hasTag(node: ts.Node, name: string): boolean {
  return ts.getJSDocTags(node).some(({ tagName, comment }) => {
    const text = ts.getTextOfJSDocComment(comment) ?? '';
    return tagName.text === name && (name === 'internal' || text.trim() !== '');
  });
}

function nameOf(node: Named | Member): string {
  const own = node.name?.getText() ?? '';
  return isNamed(node) ? own : `${isNamed(node.parent) ? nameOf(node.parent) : ''}.${own}`;
}

function gap(node: Named | Member, text: string): string {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  return `${relative(ROOT, source.fileName)}:${line + 1}: ${nameOf(node)} ${text}`;
}
