/** Buckets and their objects. */

export interface StoredObject {
  readonly body: Buffer;
  readonly contentType: string;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

export interface Bucket {
  readonly name: string;
  readonly region: string;
  readonly objects: Map<string, StoredObject>;
}

export class Buckets {
  readonly #byName = new Map<string, Bucket>();

  public create(name: string, region: string): Bucket {
    const bucket: Bucket = { name, region, objects: new Map() };
    this.#byName.set(name, bucket);
    return bucket;
  }

  public find(name: string): Bucket | undefined {
    return this.#byName.get(name);
  }
}
