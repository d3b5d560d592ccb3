/**
 * Deployed resources of services without an API in the sandbox, stored as declared: for tests to read, and for what
 * depends on them (policies of the organization, rules, topics, functions).
 */

import type { JsonObject } from './operation';

export interface StoredResource {
  /** `AWS::SNS::Topic` */
  readonly type: string;
  readonly region: string;
  /** The value of `Ref`. */
  readonly physicalId: string;
  /** The name, or the service's own ID, from which the physical ID and the attributes are made. */
  readonly name: string;
  /** The properties as applied, without expressions. */
  readonly properties: JsonObject;
  /** The values of `Fn::GetAtt`. */
  readonly attributes: JsonObject;
}

export class StoredResources {
  readonly #byKey = new Map<string, StoredResource>();
  #changes = 0;

  /** The number of changes so far: anything derived from this is valid while it stays the same. */
  public get changes(): number {
    return this.#changes;
  }

  public put(resource: StoredResource): void {
    this.#changes += 1;
    this.#byKey.set(keyOf(resource), resource);
  }

  /** @returns whether it existed */
  public remove(resource: Pick<StoredResource, 'type' | 'region' | 'physicalId'>): boolean {
    this.#changes += 1;
    return this.#byKey.delete(keyOf(resource));
  }

  public find(type: string, region: string, physicalId: string): StoredResource | undefined {
    return this.#byKey.get(keyOf({ type, region, physicalId }));
  }

  /** Lists the resources of a type in all Regions, oldest first. */
  public ofType(type: string): readonly StoredResource[] {
    return [...this.#byKey.values()].filter((resource) => resource.type === type);
  }
}

function keyOf({ type, region, physicalId }: Pick<StoredResource, 'type' | 'region' | 'physicalId'>): string {
  return JSON.stringify([type, region, physicalId]);
}
