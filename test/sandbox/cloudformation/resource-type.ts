/**
 * What the sandbox knows of a CloudFormation resource type. To add one: a file in `resources/` with such an
 * object, and a row in `resource-types.ts`. Everything else (diff, order, replacement, rollback, tags) is
 * done from this description.
 */

import type { JsonObject, OperationContext, ServiceName } from '../operation';
import { type PropertyShape, shapeComplaints } from './property-shape';

export interface Property {
  readonly required?: true;
  /** A change makes a new physical resource. */
  readonly replaces?: true;
  /** @default text */
  readonly shape?: PropertyShape;
}

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
  readonly properties: Readonly<Record<string, Property>>;
  readonly attributes: readonly string[];
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
  const extraneous = Object.keys(properties).filter((name) => !Object.hasOwn(type.properties, name));
  const missing = Object.entries(type.properties).filter(
    ([name, { required }]) => required && !(name in properties),
  );
  const complaints = [
    ...extraneous.map((name) => `#: extraneous key [${name}] is not permitted`),
    ...missing.map(([name]) => `#: required key [${name}] not found`),
    ...Object.entries(type.properties).flatMap(([name, { shape = 'text' }]) =>
      name in properties ? shapeComplaints(`#/${name}`, shape, properties[name]) : [],
    ),
  ];
  return complaints.length > 0 ? complaints.join('\n') : undefined;
}
