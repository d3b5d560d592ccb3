/**
 * A resource type of a service the sandbox has no API of: the resource is kept as it was declared, under
 * CloudFormation's own rules for names, references, replacement and permissions.
 */

import { AwsError, type JsonObject, type OperationContext } from '../operation';
import type { ResourceScope, ResourceType } from './resource-type';

/** Another stored resource that must be there before this one is made. */
export interface Reference {
  readonly type: string;
  /** The physical ID, or an attribute such as the ARN. */
  readonly id: string;
}

/** What a name becomes in the service. */
export interface Described {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: JsonObject;
  /** What the deployer must be allowed to act on. @default * */
  readonly resource?: string;
}

/** The actions the deployer must be allowed. */
interface Actions {
  readonly create: string;
  readonly update: string;
  readonly delete: string;
}

export interface StoredType
  extends Pick<ResourceType, 'properties' | 'attributes' | 'nameProperty' | 'tags' | 'needsIamCapability'> {
  /** `AWS::SNS::Topic` */
  readonly type: string;
  readonly actions: Actions;
  /** The action that creates it knows no narrower resource than `*`. */
  readonly createsAnywhere?: true;
  /** The name of a new one: the template's, or one that is made up. */
  nameOf(properties: JsonObject, scope: ResourceScope): string;
  describe(name: string, properties: JsonObject, context: OperationContext): Described;
  references?(properties: JsonObject): readonly Reference[];
  /** What the service itself refuses about properties that have the right shape. */
  flaw?(properties: JsonObject): string | undefined;
  /** Whatever else must hold before it is made or changed. @throws AwsError */
  check?(properties: JsonObject, scope: ResourceScope): Promise<void>;
}

export function storedResource(stored: StoredType): ResourceType {
  const { type, properties, attributes, nameProperty, tags, needsIamCapability, actions } = stored;
  return {
    properties,
    attributes,
    ...(nameProperty === undefined ? {} : { nameProperty }),
    ...(tags === undefined ? {} : { tags }),
    ...(needsIamCapability === undefined ? {} : { needsIamCapability }),

    async create(wanted, scope) {
      const { context } = scope;
      await refuseFlaws(stored, wanted, scope);
      const name = stored.nameOf(wanted, scope);
      const { physicalId, attributes: values, resource = '*' } = stored.describe(name, wanted, context);
      await context.authorise({ action: actions.create, resource: stored.createsAnywhere ? '*' : resource });
      if (context.stored.find(type, context.region, physicalId)) {
        throw new AwsError('AlreadyExists', 400, `${type} ${physicalId} already exists`);
      }
      const { region } = context;
      context.stored.put({ type, region, physicalId, name, properties: wanted, attributes: values });
      return { physicalId, attributes: values };
    },

    async update({ physicalId, after }, scope) {
      const { context } = scope;
      const current = context.stored.find(type, context.region, physicalId);
      if (!current) {
        throw new AwsError('NotFound', 404, `${type} ${physicalId} does not exist`);
      }
      await refuseFlaws(stored, after, scope);
      const { attributes: values, resource = '*' } = stored.describe(current.name, after, context);
      await context.authorise({ action: actions.update, resource });
      context.stored.put({ ...current, properties: after, attributes: values });
      return { physicalId, attributes: values };
    },

    async delete(physicalId, before, { context }) {
      const { region } = context;
      const current = context.stored.find(type, region, physicalId);
      if (!current) {
        return;
      }
      const { resource = '*' } = stored.describe(current.name, before, context);
      await context.authorise({ action: actions.delete, resource });
      context.stored.remove({ type, region, physicalId });
    },
  };
}

async function refuseFlaws(stored: StoredType, properties: JsonObject, scope: ResourceScope): Promise<void> {
  const flaw = stored.flaw?.(properties);
  if (flaw !== undefined) {
    throw new AwsError('ValidationError', 400, flaw);
  }
  const missing = stored.references?.(properties).find((reference) => !exists(reference, scope.context));
  if (missing) {
    throw new AwsError('NotFound', 404, `${missing.type} ${missing.id} does not exist`);
  }
  await stored.check?.(properties, scope);
}

function exists({ type, id }: Reference, { stored, region }: OperationContext): boolean {
  return stored
    .ofType(type)
    .some(
      (resource) =>
        resource.region === region &&
        (resource.physicalId === id || Object.values(resource.attributes).includes(id)),
    );
}

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` of this account and Region. */
export function arnOf(
  { partition, region, account }: OperationContext,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}
