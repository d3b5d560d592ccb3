/**
 * The description of a CloudFormation resource type. To add one, write a file in `resources/` with such an
 * object and add a row to `resource-types.ts`. Everything else (diff, order, replacement, rollback, tags) follows
 * from this description.
 */

import type { JsonObject, OperationContext, ServiceName } from '../operation';
import { memberComplaints, type Properties } from './property-shape';
import type { Stack } from './stack';

/** A physical resource, as create and update leave it. */
export interface PhysicalResource {
  /** The value of `Ref`. */
  readonly physicalId: string;
  /** The values of `Fn::GetAtt`. */
  readonly attributes: JsonObject;
}

/** The context that the handlers of a type may use in addition to the properties. */
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
   * Generates a name as CloudFormation does, `{stack}-{logicalId}-{12 random}`, never longer than `maxLength`.
   *
   * @param prefix replaces the stack's name
   */
  generateName(maxLength: number, prefix?: string): string;
  /**
   * Must be called by `create` as soon as the resource exists, so that it is deleted if a later step fails.
   */
  created(physicalId: string): void;
}

interface ResourceChange extends PhysicalResource {
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
  /** Brings the resource from `before` to `after`; must also succeed after an attempt that got half-way. */
  update(change: ResourceChange, scope: ResourceScope): Promise<PhysicalResource>;
  /** Deletes it; that it no longer exists is not an error. */
  delete(physicalId: string, properties: JsonObject, scope: ResourceScope): Promise<void>;
}

/** Gives CloudFormation's complaint about properties, or undefined when they are as the type declares. */
export function validateProperties(type: ResourceType, properties: JsonObject): string | undefined {
  const complaints = memberComplaints('#', type.properties, properties);
  return complaints.length > 0 ? complaints.join('\n') : undefined;
}
