/** Most bytes of one entry in a bundle: its length has 16 bits. */
export const ENTRY_BYTES = 65_535;

/** Entries as a bundle of C2SP tlog-tiles: each with its length in bytes before it, 16 bits, big-endian. */
export function encodeBundle(entries: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const bytes = Buffer.from(entry as string);
    if (bytes.length > ENTRY_BYTES) throw new Error('an entry too long for a bundle');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

/**
 * Where each entry of a bundle ends, the first `ends.length` of them; an entry begins two bytes behind the end of the one before.
 * @returns how many ends were put there; -1 where the bytes are no bundle
 */
export function endsIn(bundle: Buffer, ends: Uint32Array): number {
  let count = 0;
  for (let at = 0; at < bundle.length;) {
    if (at + 2 > bundle.length) return -1;
    at += 2 + (((bundle[at] as number) << 8) | (bundle[at + 1] as number));
    if (at > bundle.length) return -1;
    if (count < ends.length) ends[count++] = at;
  }
  return count;
}

/**
 * An entry of a bundle with one byte before it, as a view: `00` there, the low byte of its length, makes it the leaf that RFC 6962
 * hashes, without copying one. The bundle is not one any more afterwards.
 */
export function leafAt(bundle: Buffer, ends: Uint32Array, i: number): Buffer {
  const at = i === 0 ? 1 : (ends[i - 1] as number) + 1;
  bundle[at] = 0;
  return bundle.subarray(at, ends[i]);
}

/** All entries of a bundle, as {@link leafAt} gives them; `undefined` where the bytes are no bundle. */
export function leavesIn(bundle: Buffer): Buffer[] | undefined {
  const ends = new Uint32Array(bundle.length >> 1);
  const count = endsIn(bundle, ends);
  return count < 0 ? undefined : Array.from({ length: count }, (_, i) => leafAt(bundle, ends, i));
}
