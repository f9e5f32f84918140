import { hash } from 'node:crypto';

/** A SHA-256 hash, 32 bytes. */
export type Hash = Buffer;

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/**
 * A digest as a string of bytes costs a third of one as a buffer. The typings know this encoding under its other name only, which is slower.
 */
export const BYTES = 'latin1' as 'binary';

const sha256 = (...parts: readonly Buffer[]): Hash => Buffer.from(hash('sha256', Buffer.concat(parts), BYTES), 'latin1');

/** Root of the empty tree. */
export const EMPTY_ROOT: Hash = sha256();

/** RFC 6962 hash of a leaf. */
export function leafHash(data: Buffer | string): Hash {
  return sha256(LEAF, typeof data === 'string' ? Buffer.from(data) : data);
}

/** `01 ‖ left ‖ right`, filled anew for each node: joining buffers costs more than hashing them. */
const joined = Buffer.alloc(1 + 2 * 32, 1);

/** RFC 6962 hash of an inner node. */
export function nodeHash(left: Hash, right: Hash): Hash {
  if (left.length !== 32 || right.length !== 32) return sha256(NODE, left, right); // of a damaged one, which fits nothing and is told as such
  left.copy(joined, 1);
  right.copy(joined, 33);
  return Buffer.from(hash('sha256', joined, BYTES), 'latin1');
}

/** Root of a complete subtree (a power of two of hashes of one level). */
export function completeRoot(hashes: readonly Hash[]): Hash {
  let level = hashes;
  if (level.length === 0 || (level.length & (level.length - 1)) !== 0) throw new Error('not a complete subtree');
  while (level.length > 1) {
    const up: Hash[] = [];
    for (let i = 0; i < level.length; i += 2) up.push(nodeHash(level[i] as Hash, level[i + 1] as Hash));
    level = up;
  }
  return level[0] as Hash;
}

/**
 * The right edge of a tree: roots of its maximal complete subtrees from left to right (one per set bit of the size).
 * All that is needed to extend the tree and to know its root.
 */
export class Frontier {
  #size: bigint;
  readonly #roots: Hash[];

  constructor(size: bigint = 0n, roots: readonly Hash[] = []) {
    if (bits(size) !== roots.length) throw new Error('frontier does not fit its size');
    this.#size = size;
    this.#roots = [...roots];
  }

  get size(): bigint {
    return this.#size;
  }

  get roots(): readonly Hash[] {
    return this.#roots;
  }

  append(leaf: Hash): void {
    this.#roots.push(leaf);
    for (let rest = this.#size; (rest & 1n) === 1n; rest >>= 1n) {
      const right = this.#roots.pop() as Hash;
      const left = this.#roots.pop() as Hash;
      this.#roots.push(nodeHash(left, right));
    }
    this.#size += 1n;
  }

  root(): Hash {
    if (this.#roots.length === 0) return EMPTY_ROOT;
    return this.#roots.reduceRight((right, left) => nodeHash(left, right));
  }

  copy(): Frontier {
    return new Frontier(this.#size, this.#roots);
  }
}

function bits(n: bigint): number {
  let count = 0;
  for (let rest = n; rest > 0n; rest >>= 1n) if ((rest & 1n) === 1n) count++;
  return count;
}

/** Root of a whole list of leaf hashes, straight from the definition of RFC 6962. */
export function rootOf(leaves: readonly Hash[]): Hash {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}
