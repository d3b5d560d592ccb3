/**
 * A sandbox with CloudFormation, and short methods for what the tests of stacks do with it. In-process, without HTTP.
 */

import { standingClock } from '../../support/clock';
import type { Credentials } from '../caller';
import type { JsonObject, ServiceName } from '../operation';
import { Sandbox } from '../sandbox';
import type { SandboxSettings } from '../settings';

export class StackTester {
  public readonly sandbox: Sandbox;
  /** The caller who deploys. */
  public credentials: Credentials;

  public constructor(settings: SandboxSettings = {}) {
    this.sandbox = Sandbox.create({ clock: standingClock(), ...settings });
    this.credentials = this.sandbox.administrator;
  }

  public call(service: ServiceName, operation: string, input: JsonObject = {}): Promise<JsonObject> {
    return this.sandbox.call(this.credentials, service, operation, input);
  }

  /** Creates a change set of a template. */
  public change(
    stackName: string,
    type: 'CREATE' | 'UPDATE',
    template: JsonObject,
    more: JsonObject = {},
  ): Promise<JsonObject> {
    return this.call('cloudformation', 'CreateChangeSet', {
      StackName: stackName,
      ChangeSetName: 'plan',
      ChangeSetType: type,
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      ...more,
    });
  }

  public describeChange(stackName: string): Promise<JsonObject> {
    return this.call('cloudformation', 'DescribeChangeSet', {
      StackName: stackName,
      ChangeSetName: 'plan',
      IncludePropertyValues: true,
    });
  }

  /** Creates a change set and executes it. @returns the stack's status */
  public async deploy(
    stackName: string,
    type: 'CREATE' | 'UPDATE',
    template: JsonObject,
    more: JsonObject = {},
  ): Promise<string> {
    await this.change(stackName, type, template, more);
    await this.call('cloudformation', 'ExecuteChangeSet', { StackName: stackName, ChangeSetName: 'plan' });
    return String((await this.stack(stackName)).StackStatus);
  }

  /** @returns the stack's status, also of a deleted stack */
  public async delete(stackName: string): Promise<string> {
    const { StackId } = await this.stack(stackName);
    await this.call('cloudformation', 'DeleteStack', { StackName: stackName });
    return String((await this.stack(String(StackId))).StackStatus);
  }

  public async stack(nameOrArn: string): Promise<JsonObject> {
    const { Stacks } = await this.call('cloudformation', 'DescribeStacks', { StackName: nameOrArn });
    return first(Stacks);
  }

  /** `{logicalId} {status}` of every event, oldest first, with the reason of a failure. */
  public async events(nameOrArn: string): Promise<readonly string[]> {
    const { StackEvents } = await this.call('cloudformation', 'DescribeStackEvents', {
      StackName: nameOrArn,
    });
    return (StackEvents as readonly JsonObject[])
      .map(({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
        String(ResourceStatus).endsWith('FAILED')
          ? `${LogicalResourceId} ${ResourceStatus} ${ResourceStatusReason}`
          : `${LogicalResourceId} ${ResourceStatus}`,
      )
      .reverse();
  }

  /**
   * Lists the names of all IAM users, groups, roles, customer managed policies and SSM parameters except the
   * sandbox's own.
   */
  public async inventory(): Promise<readonly string[]> {
    const found = await Promise.all([
      this.call('iam', 'ListUsers').then(({ Users }) => names(Users, 'UserName')),
      this.call('iam', 'ListGroups').then(({ Groups }) => names(Groups, 'GroupName')),
      this.call('iam', 'ListRoles').then(({ Roles }) => names(Roles, 'RoleName')),
      this.call('iam', 'ListPolicies', { Scope: 'Local' }).then(({ Policies }) =>
        names(Policies, 'PolicyName'),
      ),
      this.call('ssm', 'DescribeParameters').then(({ Parameters }) => names(Parameters, 'Name')),
    ]);
    return found.flat().filter((name) => name !== 'platform-admin');
  }

  /** Reads an SSM parameter. */
  public async parameter(Name: string): Promise<string> {
    const { Parameter } = await this.call('ssm', 'GetParameter', { Name });
    return String((Parameter as JsonObject).Value);
  }
}

export function first(list: JsonObject[string]): JsonObject {
  const [item] = list as readonly JsonObject[];
  if (!item) {
    throw new Error('the list is empty');
  }
  return item;
}

function names(list: JsonObject[string], key: string): readonly string[] {
  return (list as readonly JsonObject[]).map((item) => String(item[key]));
}
