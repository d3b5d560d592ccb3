/** The templates that CDK wrote, including nested stacks and the products of Service Catalog. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type IPolicyValidationContext, NestedStack, Stack, Token } from 'aws-cdk-lib';
import type { Template } from './template';

/** A template on disk. */
interface TemplateFile {
  readonly path: string;
  /** The account of its stack, if it is known. */
  readonly account: string | undefined;
}

/** Lists the templates. CDK names only those of stacks; that of a nested stack, or of a product, is next to its parent's. */
export function templateFilesOf(context: IPolicyValidationContext): readonly TemplateFile[] {
  const constructs = context.appConstruct.node.findAll().filter((construct) => Stack.isStack(construct));
  const accounts = new Map(constructs.map((stack) => [stack.node.path, accountOf(stack)]));
  const stacks = context.stackTemplates.map(({ templatePath, stackConstructPath }) => ({
    path: templatePath,
    account: accounts.get(stackConstructPath),
    stackConstructPath,
  }));
  const byStack = new Map(stacks.map((stack) => [stack.stackConstructPath, stack]));
  const nested = constructs.flatMap((construct) => {
    if (byStack.has(construct.node.path)) {
      return [];
    }
    // The nearest stack above it that is deployed on its own; there is none in a stage that is not validated.
    const parent = construct.node.scopes.flatMap(({ node }) => byStack.get(node.path) ?? []).at(-1);
    const path = join(dirname(parent?.path ?? ''), construct.templateFile);
    return parent === undefined || (!NestedStack.isNestedStack(construct) && !existsSync(path))
      ? []
      : [{ path, account: parent.account }];
  });
  return [...stacks, ...nested];
}

/** The context of an older CDK does not say the account of each stack; the stacks themselves do. */
function accountOf({ account }: Stack): string | undefined {
  return Token.isUnresolved(account) ? undefined : account;
}

/**
 * Reads a template.
 *
 * @throws when the file cannot be read or is not JSON
 */
export function readTemplate(path: string): Template {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot read the template ${path}: ${why}; synthesize again with an empty output folder`);
  }
}
