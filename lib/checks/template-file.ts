/** The templates that CDK wrote, nested stacks' included. The one file of the library that reads files. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type IPolicyValidationContext, NestedStack } from 'aws-cdk-lib';
import type { Template } from './policy';

/** A template on disk. */
interface TemplateFile {
  readonly path: string;
  /** The account of its stack, where it is known. */
  readonly account: string | undefined;
}

/** CDK names only the templates of stacks; those of nested stacks are next to their parents'. */
export function templateFilesOf(context: IPolicyValidationContext): readonly TemplateFile[] {
  const stacks = context.stackTemplates.map(({ templatePath, accountId, stackConstructPath }) => ({
    path: templatePath,
    account: accountId,
    stackConstructPath,
  }));
  const byStack = new Map(stacks.map((stack) => [stack.stackConstructPath, stack]));
  const nested = context.appConstruct.node.findAll().flatMap((construct) => {
    if (!NestedStack.isNestedStack(construct)) {
      return [];
    }
    // The nearest stack above it that is deployed on its own; there is none in a stage that is not validated.
    const parent = construct.node.scopes.flatMap(({ node }) => byStack.get(node.path) ?? []).at(-1);
    return parent === undefined
      ? []
      : [{ path: join(dirname(parent.path), construct.templateFile), account: parent.account }];
  });
  return [...stacks, ...nested];
}

/** @throws when the file cannot be read, or is no JSON */
export function readTemplate(path: string): Template {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot read the template ${path}: ${why}; synthesize again with an empty output folder`);
  }
}
