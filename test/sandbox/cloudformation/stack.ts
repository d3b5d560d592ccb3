/** One stack: what is deployed, what was planned for it, and its history. */

import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../operation';
import type { Tag } from '../parameters';
import type { ChangeSet } from './change-set';
import type { RemovalPolicy, Template } from './template';
import type { ParameterValues } from './template-parameters';
import { validationError } from './validation-error';

/** A deployed resource. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  /** The properties as applied: without expressions, stack tags included. */
  readonly properties: JsonObject;
  readonly attributes: JsonObject;
  /** Logical IDs that must outlive it. */
  readonly dependencies: readonly string[];
  readonly metadata?: Json;
  readonly deletionPolicy: RemovalPolicy;
  readonly updateReplacePolicy: RemovalPolicy;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

export interface StackEvent {
  readonly id: string;
  readonly operationId: string;
  /** Unix milliseconds; unique among the events of a stack, so that sorting by time keeps their order. */
  readonly at: number;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly properties?: JsonObject;
}

const stackType = 'AWS::CloudFormation::Stack';

export class Stack {
  public readonly resources = new Map<string, StackResource>();
  public readonly changeSets = new Map<string, ChangeSet>();
  /** Oldest first. */
  public readonly events: StackEvent[] = [];
  public status = 'REVIEW_IN_PROGRESS';
  public statusReason: string | undefined;
  /** The deployed template; undefined while the first change set is under review. */
  public template: Template | undefined;
  public parameters: ParameterValues = new Map();
  public tags: readonly Tag[] = [];
  public outputs: readonly StackOutput[] = [];
  /** Names of other stacks' exports that the deployed template reads. */
  public imports: ReadonlySet<string> = new Set();
  public capabilities: readonly string[] = [];
  /** The role of the last deployment, which CloudFormation continues to use. */
  public roleArn: string | undefined;
  public isProtected = false;
  /**
   * The client's token of the latest operation: a request that repeats it changes nothing.
   */
  public executionToken: string | undefined;
  public updatedAt: number | undefined;
  public deletedAt: number | undefined;
  readonly #now: () => number;
  #operationId = randomUUID() as string;

  public constructor(
    /** The stack's ARN. */
    public readonly id: string,
    public readonly name: string,
    now: () => number,
  ) {
    this.#now = now;
    this.createdAt = now();
  }

  /** Unix milliseconds. */
  public readonly createdAt: number;

  /** Tells whether an operation is in progress. */
  public get isBusy(): boolean {
    return this.status.endsWith('_IN_PROGRESS') && this.status !== 'REVIEW_IN_PROGRESS';
  }

  public get isDeleted(): boolean {
    return this.status === 'DELETE_COMPLETE';
  }

  /** @throws AwsError ValidationError during an operation, and after a failed creation */
  public requireUpdatable(): void {
    const settled = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'];
    if (settled.includes(this.status)) {
      return;
    }
    throw validationError(`Stack:${this.id} is in ${this.status} state and can not be updated.`);
  }

  /** Starts an operation: its events carry an ID of their own. */
  public begin(status: string, reason = 'User Initiated'): void {
    this.#operationId = randomUUID();
    this.enter(status, reason);
  }

  public enter(status: string, reason?: string): void {
    this.status = status;
    this.statusReason = reason;
    this.#record({
      logicalId: this.name,
      physicalId: this.id,
      type: stackType,
      status,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  /** Adds an event of a resource. */
  public report(
    resource: Pick<StackEvent, 'logicalId' | 'type'> & Partial<Pick<StackEvent, 'physicalId' | 'properties'>>,
    status: string,
    reason?: string,
  ): void {
    const { logicalId, type, physicalId = '', properties } = resource;
    this.#record({
      logicalId,
      type,
      physicalId,
      status,
      ...(properties === undefined ? {} : { properties }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  /** Gives the current time, or the moment after the latest event, in unix milliseconds. */
  public tick(): number {
    return Math.max(this.#now(), (this.events.at(-1)?.at ?? 0) + 1);
  }

  #record(event: Omit<StackEvent, 'id' | 'at' | 'operationId'>): void {
    const at = this.tick();
    this.events.push({ ...event, id: randomUUID(), operationId: this.#operationId, at });
  }
}
