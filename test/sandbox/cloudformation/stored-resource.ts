/**
 * A resource type of a service without an API in the sandbox: the resource is stored as declared, under
 * CloudFormation's own rules for names, references, replacement and permissions.
 */

import { AwsError, type JsonObject, type OperationContext } from '../operation';
import type { ResourceScope, ResourceType } from './resource-type';

/** Another stored resource that must exist before this one is created. */
export interface Reference {
  readonly type: string;
  /** The physical ID, or an attribute such as the ARN. */
  readonly id: string;
}

/** The identity that a name gets in the service. */
interface Described {
  /** The value of `Ref`. */
  readonly physicalId: string;
  /** The values of `Fn::GetAtt`. */
  readonly attributes: JsonObject;
  /** The resource in the deployer's permissions. @default * */
  readonly resource?: string;
}

/** The actions that the deployer needs. */
interface Actions {
  readonly create: string;
  readonly update: string;
  readonly delete: string;
}

interface StoredType
  extends Pick<ResourceType, 'properties' | 'attributes' | 'nameProperty' | 'tags' | 'needsIamCapability'> {
  /** `AWS::SNS::Topic` */
  readonly type: string;
  readonly actions: Actions;
  /** The action that creates it supports only the resource `*`. */
  readonly createsAnywhere?: true;
  /** Gives the name of a new one: the template's, or a generated one. */
  nameOf(properties: JsonObject, scope: ResourceScope): string;
  describe(name: string, properties: JsonObject, context: OperationContext): Described;
  references?(properties: JsonObject): readonly Reference[];
  /** Gives the service's own complaint about properties that have the right shape. */
  flaw?(properties: JsonObject): string | undefined;
  /** Checks what else must hold before it is created or changed. @throws AwsError */
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
      await context.authorize({ action: actions.create, resource: stored.createsAnywhere ? '*' : resource });
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
      await context.authorize({ action: actions.update, resource });
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
      await context.authorize({ action: actions.delete, resource });
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

/** Formats `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` for this account and Region. */
export function arnOf(
  { partition, region, account }: OperationContext,
  service: string,
  resource: string,
): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}
