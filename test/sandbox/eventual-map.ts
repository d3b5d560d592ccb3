/**
 * A map whose reads are immediate and whose lists can lag, as IAM's do. Values are immutable records: a change
 * is a new record, so an old one can still be listed.
 */
export class EventualMap<V> {
  readonly #current = new Map<string, V>();
  /** The keys in lower case: IAM does not accept two names that differ only in case. */
  readonly #folded = new Set<string>();
  #changes = 0;
  /** Versions of the keys that changed lately, oldest first; undefined is "did not exist". */
  readonly #history = new Map<string, { readonly since: number; readonly value: V | undefined }[]>();

  /** @param lagMs how late lists show a change; without a lag no history is kept */
  public constructor(
    private readonly lagMs: number,
    private readonly now: () => number,
  ) {}

  /** The number of changes so far: anything derived from the map is valid while this stays the same. */
  public get changes(): number {
    return this.#changes;
  }

  public get size(): number {
    return this.#current.size;
  }

  public get(key: string): V | undefined {
    return this.#current.get(key);
  }

  public has(key: string): boolean {
    return this.#current.has(key);
  }

  /** Tells whether a key exists that differs from this one only in case, or not at all. */
  public hasIgnoringCase(key: string): boolean {
    return this.#folded.has(key.toLowerCase());
  }

  public set(key: string, value: V): void {
    this.#remember(key, value);
    this.#folded.add(key.toLowerCase());
    this.#current.set(key, value);
  }

  public delete(key: string): void {
    this.#remember(key, undefined);
    this.#folded.delete(key.toLowerCase());
    this.#current.delete(key);
  }

  /** All current values. */
  public values(): IterableIterator<V> {
    return this.#current.values();
  }

  /** All values as a list shows them: as they were one lag ago. */
  public listed(): V[] {
    if (this.#history.size === 0) {
      return [...this.#current.values()];
    }
    const horizon = this.now() - this.lagMs;
    const seen = new Map<string, V>(this.#current);
    for (const [key, versions] of this.#history) {
      const current = versions.findLast((version) => version.since <= horizon);
      if (current === versions.at(-1)) {
        this.#history.delete(key);
      } else if (current?.value === undefined) {
        seen.delete(key);
      } else {
        seen.set(key, current.value);
      }
    }
    return [...seen.values()];
  }

  #remember(key: string, value: V | undefined): void {
    this.#changes += 1;
    if (this.lagMs <= 0) {
      return;
    }
    const versions = this.#history.get(key) ?? [
      { since: Number.NEGATIVE_INFINITY, value: this.#current.get(key) },
    ];
    versions.push({ since: this.now(), value });
    this.#history.set(key, versions);
  }
}
