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
 * The entries of a bundle, each with one byte before it, as views of its bytes: `00` there, the low byte of a length that was read,
 * makes them the leaves that RFC 6962 hashes, without copying one. The bundle is not one any more afterwards.
 */
export function leavesIn(bundle: Buffer): Buffer[] | undefined {
  const leaves: Buffer[] = [];
  let at = 0;
  while (at < bundle.length) {
    if (at + 2 > bundle.length) return undefined;
    const end = at + 2 + bundle.readUInt16BE(at);
    if (end > bundle.length) return undefined;
    bundle[at + 1] = 0;
    leaves.push(bundle.subarray(at + 1, end));
    at = end;
  }
  return leaves;
}
