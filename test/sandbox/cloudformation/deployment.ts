/**
 * Brings a stack to a desired state, and back to where it was when that fails.
 *
 * Everything is done before the call that started it returns, so polling always finds a finished stack.
 */

import { AwsError, type JsonObject, type OperationContext } from '../operation';
import { changedNames } from './change-plan';
import { changeResource, lookupOf, toRecord } from './deployed-resource';
import type { DesiredResource, DesiredState, ResourceLookup } from './desired-state';
import { type Removal, removeResources } from './removal';
import { HandlerRun } from './resource-handler';
import { type PhysicalResource, validateProperties } from './resource-type';
import { type Failure, rollBackCreation, rollBackUpdate, type Step } from './rollback';
import type { Stack, StackResource } from './stack';
import type { Stacks } from './stacks';

export class Deployment {
  readonly #stack: Stack;
  readonly #desired: DesiredState;
  readonly #context: OperationContext;
  readonly #stacks: Stacks;
  readonly #isUpdate: boolean;
  readonly #before: ReadonlyMap<string, StackResource>;
  readonly #steps: Step[] = [];
  readonly #lookup: ResourceLookup;

  public constructor(stack: Stack, desired: DesiredState, stacks: Stacks, context: OperationContext) {
    this.#stack = stack;
    this.#desired = desired;
    this.#stacks = stacks;
    this.#context = context;
    this.#isUpdate = stack.template !== undefined;
    this.#before = new Map(stack.resources);
    this.#lookup = lookupOf(stack);
  }

  /**
   * Ends in one of CloudFormation's final statuses; the stack and its events report a failure.
   */
  public async run(): Promise<void> {
    const stack = this.#stack;
    stack.begin(this.#isUpdate ? 'UPDATE_IN_PROGRESS' : 'CREATE_IN_PROGRESS');
    if (this.#isUpdate) {
      stack.updatedAt = this.#context.now();
    }
    const failure = (await this.#applyAll()) ?? this.#adopt();
    if (failure) {
      await this.#rollBack(failure);
    } else {
      await this.#complete();
    }
  }

  async #applyAll(): Promise<Failure | undefined> {
    for (const resource of this.#desired.resources) {
      const failure = await this.#apply(resource);
      if (failure) {
        return failure;
      }
    }
    return undefined;
  }

  async #apply(resource: DesiredResource): Promise<Failure | undefined> {
    const { logicalId, type } = resource;
    const current = this.#stack.resources.get(logicalId);
    const properties = attempt(() => this.#desired.propertiesOf(resource, this.#lookup));
    if (properties instanceof AwsError) {
      return this.#fail(resource, current, properties.message);
    }
    const problem = validateProperties(type, properties);
    if (problem) {
      const reason = `Properties validation failed for resource ${logicalId} with message:\n[${problem}]`;
      return this.#fail(resource, current, reason);
    }
    if (!current) {
      return this.#create(resource, properties);
    }
    const changed = changedNames(current.properties, properties);
    if (changed.some((name) => type.properties[name]?.replaces)) {
      return this.#replace(resource, current, properties);
    }
    if (changed.length > 0) {
      return this.#update(resource, current, properties);
    }
    this.#stack.resources.set(logicalId, toRecord(resource, properties, current));
    return undefined;
  }

  async #create(
    resource: DesiredResource,
    properties: JsonObject,
    replaced?: StackResource,
  ): Promise<Failure | undefined> {
    const { logicalId, declaration } = resource;
    const [status, verb] = replaced ? ['UPDATE', 'update' as const] : ['CREATE', 'create' as const];
    const event = { logicalId, type: declaration.type, properties };
    this.#stack.report(
      { ...event, physicalId: replaced?.physicalId ?? '' },
      `${status}_IN_PROGRESS`,
      replaced && 'Requested update requires the creation of a new physical resource; hence creating one.',
    );
    const run = new HandlerRun(this.#context, this.#stack, logicalId, (physicalId) =>
      this.#stack.report({ ...event, physicalId }, `${status}_IN_PROGRESS`, 'Resource creation Initiated'),
    );
    const keep = (physical: PhysicalResource): void => {
      const now = toRecord(resource, properties, physical);
      this.#steps.push(replaced ? { before: replaced, now } : { now });
      this.#stack.resources.set(logicalId, now);
    };
    try {
      keep(await resource.type.create(properties, run));
    } catch (thrown) {
      const { physicalId } = run;
      const reason = run.reasonOf(thrown);
      this.#stack.report({ ...event, physicalId: physicalId ?? '' }, `${status}_FAILED`, reason);
      if (physicalId !== undefined) {
        keep({ physicalId, attributes: {} });
      }
      return { logicalId, verb, reason };
    }
    const physicalId = this.#stack.resources.get(logicalId)?.physicalId ?? '';
    this.#stack.report({ ...event, physicalId }, `${status}_COMPLETE`);
    return undefined;
  }

  async #replace(
    resource: DesiredResource,
    current: StackResource,
    properties: JsonObject,
  ): Promise<Failure | undefined> {
    const { nameProperty } = resource.type;
    const name = nameProperty && properties[nameProperty];
    if (nameProperty && name !== undefined && name === current.properties[nameProperty]) {
      const reason =
        'CloudFormation cannot update a stack when a custom-named resource requires replacing. ' +
        `Rename ${String(name)} and update the stack again.`;
      return this.#fail(resource, current, reason);
    }
    return this.#create(resource, properties, current);
  }

  async #update(
    resource: DesiredResource,
    current: StackResource,
    properties: JsonObject,
  ): Promise<Failure | undefined> {
    // Recorded first: an update that fails may have been applied in part
    this.#steps.push({ before: current, now: { ...current, properties } });
    const reason = await changeResource(
      this.#stack,
      current,
      toRecord(resource, properties, current),
      this.#context,
    );
    return reason === undefined ? undefined : { logicalId: current.logicalId, verb: 'update', reason };
  }

  #fail(resource: DesiredResource, current: StackResource | undefined, reason: string): Failure {
    const { logicalId, declaration } = resource;
    const verb = current ? 'update' : 'create';
    const event = { logicalId, type: declaration.type, physicalId: current?.physicalId ?? '' };
    this.#stack.report(event, `${verb.toUpperCase()}_IN_PROGRESS`);
    this.#stack.report(event, `${verb.toUpperCase()}_FAILED`, reason);
    return { logicalId, verb, reason };
  }

  /** Makes the desired template the deployed one. @returns the reason when its outputs prevent that */
  #adopt(): Failure | undefined {
    const stack = this.#stack;
    const outputs = attempt(() => this.#desired.outputs(this.#lookup));
    const problem =
      outputs instanceof AwsError ? outputs.message : this.#stacks.exportProblem(stack, outputs);
    if (problem !== undefined || outputs instanceof AwsError) {
      return { verb: this.#isUpdate ? 'update' : 'create', reason: `${problem} Rollback requested by user.` };
    }
    stack.outputs = outputs;
    stack.template = this.#desired.template;
    stack.parameters = this.#desired.parameters;
    stack.tags = this.#desired.tags;
    stack.imports = this.#desired.imports;
    return undefined;
  }

  async #complete(): Promise<void> {
    if (!this.#isUpdate) {
      this.#stack.enter('CREATE_COMPLETE');
      return;
    }
    this.#stack.enter('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const wanted = new Set(this.#desired.resources.map(({ logicalId }) => logicalId));
    const unwanted = [...this.#before.values()].filter(({ logicalId }) => !wanted.has(logicalId));
    const removals: readonly Removal[] = [
      ...unwanted.map((resource) => ({ resource, cause: 'unwanted' as const })),
      ...this.#replacements().map(({ before }) => ({ resource: before, cause: 'replaced' as const })),
    ];
    await removeResources(this.#stack, removals, this.#context);
    // As on AWS, resources that could not be deleted are dropped from the stack, and the update counts as complete
    for (const { logicalId } of unwanted) {
      this.#stack.resources.delete(logicalId);
    }
    this.#stack.enter('UPDATE_COMPLETE');
  }

  async #rollBack(failure: Failure): Promise<void> {
    const done = { stack: this.#stack, steps: this.#steps, failure, context: this.#context };
    if (this.#isUpdate) {
      return rollBackUpdate(done, this.#before);
    }
    // GetTemplate returns the template that was tried
    this.#stack.template = this.#desired.template;
    this.#stack.parameters = this.#desired.parameters;
    this.#stack.tags = this.#desired.tags;
    return rollBackCreation(done);
  }

  #replacements(): readonly { readonly before: StackResource }[] {
    return this.#steps.flatMap(({ before, now }) =>
      before && before.physicalId !== now.physicalId ? [{ before }] : [],
    );
  }
}

function attempt<T>(work: () => T): T | AwsError {
  try {
    return work();
  } catch (error) {
    if (error instanceof AwsError) {
      return error;
    }
    throw error;
  }
}
