/** Chance that can be had again: everything random in a run comes from its one seed. */

/** xoshiro128**, its state filled by splitmix32 (Blackman and Vigna, public domain algorithms). */
export class Random {
  readonly #state = new Uint32Array(4);

  /** @param seed any integer; its lower 32 bits count */
  public constructor(seed: number) {
    let mixed = seed >>> 0;
    for (let word = 0; word < 4; word++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#state[word] = z ^ (z >>> 16);
    }
  }

  /** 32 random bits. */
  public next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const c1 = c ^ a;
    const d1 = d ^ b;
    this.#state.set([a ^ d1, b ^ c1, c1 ^ (b << 9), rotate(d1, 11)]);
    return result;
  }

  /** An integer from 0 to `limit - 1`. */
  public below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** An integer from `low` to `high`, both included. */
  public between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  public chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32;
  }

  /** @throws RangeError when there is nothing to pick from */
  public pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) {
      throw new RangeError('nothing to pick from');
    }
    return item;
  }

  public bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
