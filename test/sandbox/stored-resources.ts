/**
 * What CloudFormation deployed of services the sandbox has no API of: kept as it was declared, so that tests
 * can read it, and so that what depends on it (policies of the organisation, rules, topics, functions) can
 * be found.
 */

import type { JsonObject } from './operation';

export interface StoredResource {
  /** `AWS::SNS::Topic` */
  readonly type: string;
  readonly region: string;
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** The name, or the service's own ID, that the physical ID and the attributes are made of. */
  readonly name: string;
  /** As they were applied: no expressions. */
  readonly properties: JsonObject;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: JsonObject;
}

export class StoredResources {
  readonly #byKey = new Map<string, StoredResource>();
  #changes = 0;

  /** How often anything changed: what was worked out from it holds while this stays. */
  public get changes(): number {
    return this.#changes;
  }

  public put(resource: StoredResource): void {
    this.#changes += 1;
    this.#byKey.set(keyOf(resource), resource);
  }

  /** @returns whether it was there */
  public remove(resource: Pick<StoredResource, 'type' | 'region' | 'physicalId'>): boolean {
    this.#changes += 1;
    return this.#byKey.delete(keyOf(resource));
  }

  public find(type: string, region: string, physicalId: string): StoredResource | undefined {
    return this.#byKey.get(keyOf({ type, region, physicalId }));
  }

  /** Those of a type in all Regions, oldest first. */
  public ofType(type: string): readonly StoredResource[] {
    return [...this.#byKey.values()].filter((resource) => resource.type === type);
  }
}

function keyOf({ type, region, physicalId }: Pick<StoredResource, 'type' | 'region' | 'physicalId'>): string {
  return JSON.stringify([type, region, physicalId]);
}
