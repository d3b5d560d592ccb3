/**
 * What the sandbox knows of a CloudFormation resource type. To add one: a file in `resources/` with such an
 * object, and a row in `resource-types.ts`. Everything else (diff, order, replacement, rollback, tags) is
 * done from this description.
 */

import type { JsonObject, OperationContext, ServiceName } from '../operation';
import { memberComplaints, type Properties } from './property-shape';
import type { Stack } from './stack';

/** A physical resource, as create and update leave it. */
export interface PhysicalResource {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: JsonObject;
}

/** What the handlers of a type may use beside the properties. */
export interface ResourceScope {
  readonly context: OperationContext;
  /** The stack it belongs to. */
  readonly stack: Pick<Stack, 'name' | 'capabilities' | 'roleArn'>;
  /**
   * Calls AWS as the deploying caller.
   *
   * @throws AwsError
   */
  call(service: ServiceName, operation: string, input: JsonObject): Promise<JsonObject>;
  /**
   * A name as CloudFormation makes one up, `{stack}-{logicalId}-{12 random}`; never longer than `maxLength`.
   *
   * @param prefix stands in place of the stack's name
   */
  generateName(maxLength: number, prefix?: string): string;
  /**
   * To be called by `create` as soon as the resource exists, so that a failure of a later step still deletes
   * it.
   */
  created(physicalId: string): void;
}

export interface ResourceChange extends PhysicalResource {
  readonly before: JsonObject;
  readonly after: JsonObject;
}

export interface ResourceType {
  readonly properties: Properties;
  readonly attributes: readonly string[];
  /** An attribute that has members of any name: `Outputs` for `Outputs.Arn`. */
  readonly openAttribute?: string;
  /** The property that names the physical resource, where the template may choose the name. */
  readonly nameProperty?: string;
  /** The shape of its `Tags` property; stack tags are added to it. */
  readonly tags?: 'list' | 'map';
  /** The template must be deployed with CAPABILITY_IAM, or CAPABILITY_NAMED_IAM when it chooses the name. */
  readonly needsIamCapability?: true;
  create(properties: JsonObject, scope: ResourceScope): Promise<PhysicalResource>;
  /** Brings the resource from `before` to `after`; must succeed too when an earlier attempt got half-way. */
  update(change: ResourceChange, scope: ResourceScope): Promise<PhysicalResource>;
  /** Deletes it; what is already gone is no error. */
  delete(physicalId: string, properties: JsonObject, scope: ResourceScope): Promise<void>;
}

/** CloudFormation's complaint about properties, or undefined when they are as the type declares. */
export function validateProperties(type: ResourceType, properties: JsonObject): string | undefined {
  const complaints = memberComplaints('#', type.properties, properties);
  return complaints.length > 0 ? complaints.join('\n') : undefined;
}
