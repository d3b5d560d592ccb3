/** All stacks of a sandbox, including deleted ones, and the values they export to each other. */

import { randomUUID } from 'node:crypto';
import type { OperationContext } from '../operation';
import type { ChangeSet } from './change-set';
import { Stack, type StackOutput } from './stack';
import { validationError } from './validation-error';

export class Stacks {
  readonly #stacks: Stack[] = [];

  /** Oldest first. */
  public get all(): readonly Stack[] {
    return this.#stacks;
  }

  /** Creates a stack, which cannot be found before `keep`. */
  public draft(name: string, { partition, region, account, now }: OperationContext): Stack {
    return new Stack(
      `arn:${partition}:cloudformation:${region}:${account}:stack/${name}/${randomUUID()}`,
      name,
      now,
    );
  }

  public keep(stack: Stack): void {
    this.#stacks.push(stack);
  }

  /** Finds a stack by name or ARN. A deleted stack is found only by ARN. */
  public find(nameOrArn: string): Stack | undefined {
    return this.#stacks.find(
      ({ id, name, isDeleted }) => id === nameOrArn || (name === nameOrArn && !isDeleted),
    );
  }

  /** @throws AwsError ValidationError, in the words the CDK CLI knows */
  public get(nameOrArn: string): Stack {
    const stack = this.find(nameOrArn);
    if (!stack) {
      throw validationError(`Stack with id ${nameOrArn} does not exist`);
    }
    return stack;
  }

  /** Finds the stack that has this one as a resource. */
  public parentOf({ id }: Stack): Stack | undefined {
    return this.#stacks.find(
      (stack) =>
        !stack.isDeleted && [...stack.resources.values()].some(({ physicalId }) => physicalId === id),
    );
  }

  /** Finds the outermost stack above a nested one. */
  public rootOf(stack: Stack): Stack | undefined {
    const parent = this.parentOf(stack);
    return parent && (this.rootOf(parent) ?? parent);
  }

  /** Finds a change set by ARN, or by name and stack. */
  public findChangeSet(nameOrArn: string, stackName: string | undefined): [Stack, ChangeSet] | undefined {
    const candidates =
      stackName === undefined ? this.#stacks : [this.find(stackName)].filter((stack) => !!stack);
    for (const stack of candidates) {
      for (const changeSet of stack.changeSets.values()) {
        if (changeSet.id === nameOrArn || changeSet.name === nameOrArn) {
          return [stack, changeSet];
        }
      }
    }
    return undefined;
  }

  /** @throws AwsError ValidationError */
  public importValue(exportName: string): string {
    const output = this.#exporting(exportName)?.outputs.find(
      (candidate) => candidate.exportName === exportName,
    );
    if (!output) {
      throw validationError(`No export named ${exportName} found.`);
    }
    return output.value;
  }

  /** Gives the reason why the stack cannot have these outputs, or undefined. */
  public exportProblem(stack: Stack, outputs: readonly StackOutput[]): string | undefined {
    for (const { exportName } of outputs) {
      const owner = exportName === undefined ? undefined : this.#exporting(exportName);
      if (owner && owner !== stack) {
        return `Export with name ${exportName} is already exported by stack ${owner.name}.`;
      }
    }
    for (const { exportName, value } of stack.outputs) {
      const next = outputs.find((output) => output.exportName === exportName);
      const user = this.#stacks.find(
        ({ imports, isDeleted }) => !isDeleted && exportName && imports.has(exportName),
      );
      if (!user || next?.value === value) {
        continue;
      }
      return `Export ${exportName} cannot be ${next ? 'updated' : 'deleted'} as it is in use by ${user.name}.`;
    }
    return undefined;
  }

  #exporting(exportName: string): Stack | undefined {
    return this.#stacks.find(
      ({ outputs, isDeleted }) => !isDeleted && outputs.some((output) => output.exportName === exportName),
    );
  }
}
