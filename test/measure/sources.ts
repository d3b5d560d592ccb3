/** The TypeScript files of a checkout: what each exports, imports, declares and says in comments. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import * as ts from 'typescript';

/** A name that a file takes from another one; `*` stands for all of them. */
interface Use {
  readonly file: string;
  readonly name: string;
}

export interface Source {
  /** Its path from the root, with slashes. */
  readonly file: string;
  readonly lines: number;
  readonly exports: readonly string[];
  /** Names that are exported by re-exporting them from another file. */
  readonly reExports: readonly (Use & { readonly as: string })[];
  readonly uses: readonly Use[];
  /** The first words of its comments. */
  readonly comments: readonly string[];
  /** Interfaces, type aliases and classes. */
  readonly types: readonly string[];
  /** Functions, methods and constructors with a body; callbacks that have no name are left out. */
  readonly functions: readonly { readonly name: string; readonly parameters: number }[];
}

const FOLDERS = ['bin', 'lib', 'runbook', 'test', '.ci'];
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'build', 'dist']);
const SUFFIXES = ['', '.ts', '.mjs', '.js', '/index.ts'];

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return SKIPPED.has(entry.name) ? [] : filesBelow(root, path);
    }
    return /(?<!\.d)\.ts$|\.m?js$/.test(entry.name) ? [path] : [];
  });
}

/** Parses every source file below `root`; packages that are installed are not among them. */
export function readSources(root: string): readonly Source[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => filesBelow(root, folder))
    .map((file) => readSource(root, file));
}

function readSource(root: string, file: string): Source {
  const text = readFileSync(join(root, file), 'utf8');
  const kind = file.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind);
  const { uses, reExports } = usesOf(root, tree);
  const types: string[] = [];
  const functions: Source['functions'][number][] = [];
  visit(tree, (node) => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassLike(node)) {
      types.push(node.name?.text ?? '(anonymous)');
    } else if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const name = functionName(node);
      if (name !== undefined) {
        functions.push({ name, parameters: node.parameters.length });
      }
    }
  });
  return {
    file,
    lines: text.split('\n').length - 1,
    exports: tree.statements.flatMap(exportedNames),
    reExports,
    uses,
    comments: commentsOf(tree),
    types,
    functions,
  };
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

function functionName(node: ts.SignatureDeclaration): string | undefined {
  if (ts.isConstructorDeclaration(node)) {
    return 'constructor';
  }
  if (node.name !== undefined) {
    return node.name.getText();
  }
  const { parent } = node;
  const isNamed =
    ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  return isNamed ? parent.name.getText() : undefined;
}

/** The names that a statement declares and exports; names of an `export {…}` without a module are among them. */
function exportedNames(statement: ts.Statement): readonly string[] {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause, moduleSpecifier } = statement;
    return moduleSpecifier === undefined && exportClause !== undefined && ts.isNamedExports(exportClause)
      ? exportClause.elements.map(({ name }) => name.text)
      : [];
  }
  if (
    !ts.canHaveModifiers(statement) ||
    !ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  ) {
    return [];
  }
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name)
        ? [name.text]
        : name.elements.flatMap((element) => ('name' in element ? [element.name.getText()] : [])),
    );
  }
  const name = ts.getNameOfDeclaration(statement as ts.DeclarationStatement);
  return name === undefined ? ['default'] : [name.getText()];
}

/** Every name that a file takes from other files of the checkout, by `import`, `export … from`, `require`. */
function usesOf(root: string, tree: ts.SourceFile): Pick<Source, 'uses' | 'reExports'> {
  const uses: Use[] = [];
  const reExports: Source['reExports'][number][] = [];
  visit(tree, (node) => {
    const file = resolved(root, tree.fileName, specifierOf(node));
    if (file === undefined) {
      return;
    }
    if (ts.isImportDeclaration(node)) {
      uses.push(...importedNames(tree, node).map((name) => ({ file, name })));
    } else if (ts.isExportDeclaration(node)) {
      const { exportClause } = node;
      const named = exportClause !== undefined && ts.isNamedExports(exportClause);
      reExports.push(
        ...(named
          ? exportClause.elements.map(({ name, propertyName }) => ({
              file,
              name: (propertyName ?? name).text,
              as: name.text,
            }))
          : [{ file, name: '*', as: exportClause?.name.text ?? '*' }]),
      );
    } else {
      uses.push(...requiredNames(node).map((name) => ({ file, name })));
    }
  });
  return { uses, reExports };
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier;
  }
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  }
  const isLoading =
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
      /^(require|jest\.(requireActual|mock))$/.test(node.expression.getText()));
  return isLoading ? node.arguments[0] : undefined;
}

/** A file of the checkout, for a relative name; `undefined` for a package or a computed name. */
function resolved(root: string, from: string, specifier: ts.Node | undefined): string | undefined {
  if (specifier === undefined || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.')) {
    return undefined;
  }
  const path = normalize(join(dirname(from), specifier.text))
    .split(sep)
    .join('/');
  return SUFFIXES.map((suffix) => path + suffix).find(
    (file) => /\.\w+$/.test(file) && existsSync(join(root, file)),
  );
}

/** The names of an `import`; a namespace stands for those of its members that the file names. */
function importedNames(tree: ts.SourceFile, { importClause }: ts.ImportDeclaration): readonly string[] {
  const bindings = importClause?.namedBindings;
  const ofDefault = importClause?.name === undefined ? [] : ['default'];
  if (bindings === undefined) {
    return [...ofDefault, ''];
  }
  if (ts.isNamedImports(bindings)) {
    return [...ofDefault, ...bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)];
  }
  const namespace = bindings.name;
  const members: string[] = [];
  visit(tree, (node) => {
    if (!ts.isIdentifier(node) || node.text !== namespace.text || node === namespace) {
      return;
    }
    const { parent } = node;
    members.push(
      ts.isPropertyAccessExpression(parent) && parent.expression === node
        ? parent.name.text
        : ts.isQualifiedName(parent) && parent.left === node
          ? parent.right.text
          : '*',
    );
  });
  return members;
}

/** The names taken of a `require`, an `import()` or an `import('…')` type; all, unless it is taken apart on the spot. */
function requiredNames(node: ts.Node): readonly string[] {
  if (ts.isImportTypeNode(node)) {
    return [node.qualifier?.getText() ?? '*'];
  }
  const owner = ts.isAwaitExpression(node.parent) ? node.parent.parent : node.parent;
  return ts.isVariableDeclaration(owner) && ts.isObjectBindingPattern(owner.name)
    ? owner.name.elements.map(({ name, propertyName }) => (propertyName ?? name).getText())
    : ['*'];
}

/** The text of each comment without its marks; lines of `//` that follow each other are one comment. */
function commentsOf(tree: ts.SourceFile): readonly string[] {
  const { text } = tree;
  const ranges = new Map<number, ts.CommentRange>();
  visit(tree, (node) => {
    const found = [
      ts.getLeadingCommentRanges(text, node.pos),
      ts.getTrailingCommentRanges(text, node.pos),
      ts.getTrailingCommentRanges(text, node.end),
    ];
    for (const range of found.flatMap((some) => some ?? [])) {
      ranges.set(range.pos, range);
    }
  });
  const sorted = [...ranges.values()].sort((a, b) => a.pos - b.pos);
  return sorted
    .filter(({ pos, kind }, at) => {
      const before = sorted[at - 1];
      const isLine = kind === ts.SyntaxKind.SingleLineCommentTrivia;
      return !(isLine && before?.kind === kind && /^\n[ \t]*$/.test(text.slice(before.end, pos)));
    })
    .map(({ pos, end }) => text.slice(pos, end).replace(/^\/[/*]+\s*(?:\*\s+)?|\s*\*\/$/g, ''));
}
