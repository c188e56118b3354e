import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** The checkout, seen from dist/test/support. */
const ROOT = path.resolve(__dirname, '..', '..', '..');

export interface SourceFile {
  /** Path from the checkout's root, with slashes. */
  readonly file: string;
  readonly text: string;
}

/** Every tracked TypeScript file. */
export function sourceFiles(): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '*.ts'], { cwd: ROOT, encoding: 'utf8' });
  return listed
    .split('\0')
    .filter((file) => file !== '')
    .map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));
}

/** What a file imports in any form: `/` and the path from the root within the project, else the name as written. */
export function importsOf({ file, text }: SourceFile): string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith('.') ? path.posix.join('/', path.posix.dirname(file), fileName) : fileName,
    );
}

/** Which of these members of a global object a file reaches for, however it writes it. */
export function membersUsed({ file, text }: SourceFile, object: string, members: readonly string[]): string[] {
  const found: string[] = [];
  const isObject = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && node.text === object) ||
    (ts.isPropertyAccessExpression(node) && node.name.text === object && node.expression.getText() === 'globalThis');
  const note = (name: string): void => {
    if (members.includes(name)) found.push(name);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && isObject(node.expression)) note(node.name.text);
    if (ts.isElementAccessExpression(node) && isObject(node.expression) && ts.isStringLiteral(node.argumentExpression))
      note(node.argumentExpression.text);
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && isObject(node.initializer)) {
      if (ts.isObjectBindingPattern(node.name))
        for (const { propertyName, name } of node.name.elements) note((propertyName ?? name).getText());
    }
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const bindings = node.importClause?.namedBindings;
      if ([object, `node:${object}`].includes(node.moduleSpecifier.text) && bindings && ts.isNamedImports(bindings))
        for (const { propertyName, name } of bindings.elements) note((propertyName ?? name).text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}
