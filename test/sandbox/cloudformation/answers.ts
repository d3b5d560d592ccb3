/** Stacks, change sets and events in the shapes of the API. */

import type { Json, JsonObject } from '../operation';
import type { PlannedChange, PlannedDetail, PropertyProblem } from './change-plan';
import { isKnown } from './change-plan';
import type { ChangeSet } from './change-set';
import { toText } from './json';
import type { Stack, StackEvent, StackResource } from './stack';
import type { ParameterValues } from './template-parameters';

/** @param parentId the ARN of the stack it is nested in */
export function showStack(stack: Stack, parentId?: string, rootId?: string): JsonObject {
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: stack.template?.description,
    Parameters: showParameters(stack.parameters),
    CreationTime: showTime(stack.createdAt),
    LastUpdatedTime: showTime(stack.updatedAt),
    DeletionTime: showTime(stack.deletedAt),
    RollbackConfiguration: {},
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    DisableRollback: false,
    NotificationARNs: [],
    Capabilities: stack.capabilities,
    Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      Description: description,
      ExportName: exportName,
    })),
    Tags: stack.tags.map(({ Key, Value }) => ({ Key, Value })),
    RoleARN: stack.roleArn,
    ParentId: parentId,
    RootId: rootId,
    EnableTerminationProtection: stack.isProtected,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

export function showEvent(stack: Stack, event: StackEvent): JsonObject {
  return {
    StackId: stack.id,
    EventId: event.id,
    OperationId: event.operationId,
    StackName: stack.name,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: showTime(event.at),
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties && JSON.stringify(event.properties),
  };
}

/** A deployed resource, with the status of its latest event. */
export function showResource(stack: Stack, { logicalId, physicalId, type }: StackResource): JsonObject {
  const latest = stack.events.findLast((event) => event.logicalId === logicalId && event.type === type);
  return {
    StackId: stack.id,
    StackName: stack.name,
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    Timestamp: showTime(latest?.at),
    ResourceStatus: latest?.status,
    ResourceStatusReason: latest?.reason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

/** @param withValues the values before and after are shown too */
export function showChangeSet(stack: Stack, changeSet: ChangeSet, withValues: boolean): JsonObject {
  const { failure } = changeSet;
  return {
    ChangeSetName: changeSet.name,
    ChangeSetId: changeSet.id,
    StackId: stack.id,
    StackName: stack.name,
    Description: changeSet.description,
    Parameters: showParameters(changeSet.parameters),
    CreationTime: showTime(changeSet.createdAt),
    ExecutionStatus: failure === undefined ? 'AVAILABLE' : 'UNAVAILABLE',
    Status: failure === undefined ? 'CREATE_COMPLETE' : 'FAILED',
    StatusReason: failure,
    NotificationARNs: [],
    RollbackConfiguration: {},
    Capabilities: changeSet.capabilities,
    Tags: changeSet.tags.map(({ Key, Value }) => ({ Key, Value })),
    Changes: changeSet.changes.map((change) => ({
      Type: 'Resource',
      ResourceChange: showChange(change, withValues),
    })),
    IncludeNestedStacks: changeSet.includesNestedStacks,
  };
}

function showChange(change: PlannedChange, withValues: boolean): JsonObject {
  const { before, after } = change;
  return {
    PolicyAction: change.policyAction,
    Action: change.action,
    LogicalResourceId: change.logicalId,
    PhysicalResourceId: change.physicalId,
    ResourceType: change.type,
    Replacement: change.replacement,
    Scope: [...new Set(change.details.map(({ attribute }) => attribute))],
    Details: change.details.map((detail) => showDetail(detail, withValues)),
    BeforeContext: withValues && before ? JSON.stringify(before) : undefined,
    AfterContext: withValues && after ? JSON.stringify(after) : undefined,
  };
}

function showDetail(detail: PlannedDetail, withValues: boolean): JsonObject {
  const { attribute, name, before, after } = detail;
  const isStatic = isKnown(after);
  return {
    Target: {
      Attribute: attribute,
      Name: name,
      RequiresRecreation: attribute === 'Properties' ? detail.recreation : undefined,
      Path: name === undefined ? `/${attribute}` : `/${attribute}/${name}`,
      BeforeValue: withValues ? showValue(before) : undefined,
      AfterValue: withValues ? showValue(after) : undefined,
      AttributeChangeType: before === undefined ? 'Add' : after === undefined ? 'Remove' : 'Modify',
    },
    Evaluation: isStatic ? 'Static' : 'Dynamic',
    ChangeSource: isStatic ? 'DirectModification' : 'ResourceAttribute',
  };
}

export function showProblem(stack: Stack, changeSet: ChangeSet, problem: PropertyProblem): JsonObject {
  return {
    EventId: `${changeSet.id}/${problem.logicalId}`,
    StackId: stack.id,
    OperationId: changeSet.id,
    OperationType: 'CREATE_CHANGESET',
    EventType: 'VALIDATION_ERROR',
    LogicalResourceId: problem.logicalId,
    ResourceType: problem.type,
    Timestamp: showTime(changeSet.createdAt),
    ValidationFailureMode: 'FAIL',
    ValidationName: 'PROPERTY_VALIDATION',
    ValidationStatus: 'FAILED',
    ValidationStatusReason: problem.message,
    ValidationPath: `/Resources/${problem.logicalId}/Properties`,
  };
}

function showParameters(parameters: ParameterValues): readonly JsonObject[] {
  return [...parameters].map(([name, { given, noEcho, resolved }]) => ({
    ParameterKey: name,
    ParameterValue: noEcho ? '****' : given,
    ResolvedValue: resolved,
  }));
}

function showValue(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : (toText(value) ?? JSON.stringify(value));
}

function showTime(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
