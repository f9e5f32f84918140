import { hash } from 'node:crypto';

/**
 * Remembers keys in eight bytes each, so that a million of them fit into 32 MB. Two different keys are taken for one with
 * a probability of about n² / 2⁶⁵ (one in 36 million imports of a million rows); the row then shows in the reject file.
 */
export class SeenKeys {
  #slots = new BigUint64Array(1 << 12);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  /** Whether the key is new. */
  add(key: string): boolean {
    if (this.#count * 4 >= this.#slots.length * 3) this.#grow();
    const digest = hash('sha256', key, 'buffer').readBigUInt64LE();
    const fresh = insert(this.#slots, digest === 0n ? 1n : digest);
    if (fresh) this.#count++;
    return fresh;
  }

  #grow(): void {
    const bigger = new BigUint64Array(this.#slots.length * 2);
    for (const digest of this.#slots) if (digest !== 0n) insert(bigger, digest);
    this.#slots = bigger;
  }
}

function insert(slots: BigUint64Array, digest: bigint): boolean {
  const mask = slots.length - 1;
  for (let at = Number(digest & 0x7fff_ffffn) & mask; ; at = (at + 1) & mask) {
    const there = slots[at];
    if (there === digest) return false;
    if (there === 0n) {
      slots[at] = digest;
      return true;
    }
  }
}
