import { completeRoot, EMPTY_ROOT, nodeHash, type Hash } from './tree.js';

/** Hash of the complete subtree of 2^level leaves that starts at leaf `index · 2^level`. */
export type HashReader = (level: number, index: bigint) => Promise<Hash> | Hash;

/** A reader over leaf hashes in memory. */
export function readerOf(leaves: readonly Hash[]): HashReader {
  return (level, index) => {
    const start = Number(index) << level;
    return completeRoot(leaves.slice(start, start + (1 << level)));
  };
}

/** Largest power of two smaller than `n` (n ≥ 2), as its exponent. */
function split(n: bigint): number {
  return (n - 1n).toString(2).length - 1;
}

/** Hash of the tree over leaves [start, end); `start` is a multiple of the largest power of two below the length. */
async function rangeHash(read: HashReader, start: bigint, end: bigint): Promise<Hash> {
  const length = end - start;
  if (length === 0n) return EMPTY_ROOT;
  if ((length & (length - 1n)) === 0n) {
    const level = length.toString(2).length - 1;
    return await read(level, start >> BigInt(level));
  }
  const middle = start + (1n << BigInt(split(length)));
  return nodeHash(await rangeHash(read, start, middle), await rangeHash(read, middle, end));
}

/** RFC 6962 §2.1.1: the hashes that lead from leaf `index` to the root of the first `size` leaves. */
export async function inclusionProof(read: HashReader, index: bigint, size: bigint): Promise<Hash[]> {
  if (index < 0n || index >= size) throw new RangeError('no such leaf');
  const walk = async (start: bigint, end: bigint): Promise<Hash[]> => {
    if (end - start === 1n) return [];
    const middle = start + (1n << BigInt(split(end - start)));
    return index < middle
      ? [...(await walk(start, middle)), await rangeHash(read, middle, end)]
      : [...(await walk(middle, end)), await rangeHash(read, start, middle)];
  };
  return await walk(0n, size);
}

/** RFC 6962 §2.1.2: the hashes that show that the first `from` leaves of the tree of `to` leaves were not changed. */
export async function consistencyProof(read: HashReader, from: bigint, to: bigint): Promise<Hash[]> {
  if (from < 0n || from > to) throw new RangeError('no such trees');
  if (from === 0n || from === to) return [];
  const walk = async (start: bigint, end: bigint, whole: boolean): Promise<Hash[]> => {
    if (end === from) return whole ? [] : [await rangeHash(read, start, end)];
    const middle = start + (1n << BigInt(split(end - start)));
    return from <= middle
      ? [...(await walk(start, middle, whole)), await rangeHash(read, middle, end)]
      : [...(await walk(middle, end, false)), await rangeHash(read, start, middle)];
  };
  return await walk(0n, to, true);
}

/** RFC 9162 §2.1.3.2. */
export function verifyInclusion(leaf: Hash, index: bigint, size: bigint, proof: readonly Hash[], root: Hash): boolean {
  if (index < 0n || index >= size) return false;
  let place = index;
  let last = size - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0n) return false;
    if ((place & 1n) === 1n || place === last) {
      hash = nodeHash(sibling, hash);
      while ((place & 1n) === 0n && place !== 0n) {
        place >>= 1n;
        last >>= 1n;
      }
    } else hash = nodeHash(hash, sibling);
    place >>= 1n;
    last >>= 1n;
  }
  return last === 0n && hash.equals(root);
}

/** RFC 9162 §2.1.4.2. */
export function verifyConsistency(from: bigint, to: bigint, fromRoot: Hash, toRoot: Hash, proof: readonly Hash[]): boolean {
  if (from < 0n || from > to) return false;
  if (from === to) return proof.length === 0 && fromRoot.equals(toRoot);
  if (from === 0n) return proof.length === 0 && fromRoot.equals(EMPTY_ROOT);
  const path = (from & (from - 1n)) === 0n ? [fromRoot, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let place = from - 1n;
  let last = to - 1n;
  while ((place & 1n) === 1n) {
    place >>= 1n;
    last >>= 1n;
  }
  let old = first;
  let now = first;
  for (const sibling of path) {
    if (last === 0n) return false;
    if ((place & 1n) === 1n || place === last) {
      old = nodeHash(sibling, old);
      now = nodeHash(sibling, now);
      while ((place & 1n) === 0n && place !== 0n) {
        place >>= 1n;
        last >>= 1n;
      }
    } else now = nodeHash(now, sibling);
    place >>= 1n;
    last >>= 1n;
  }
  return last === 0n && old.equals(fromRoot) && now.equals(toRoot);
}
